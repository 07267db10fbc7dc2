"""The password of the directory, and nothing else."""

from watchword.plugin.methods import Method


class Password(Method):
    name = "pwd"
    title = "Password"
    level = 10
    enabled = True
