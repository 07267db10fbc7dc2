"""Runs token classes of LinOTP's own form: a Python file whose class inherits TokenClass, and a Mako file for its pages."""
