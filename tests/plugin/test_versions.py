"""A plug-in says for which version of the shapes it was written."""

import pytest

from watchword.plugin.versions import PLUGIN_API, required_by, unfit


def test_what_a_class_or_a_file_requires_is_read_without_running_it() -> None:
    assert required_by(b"requires = (1, 0)\nraise RuntimeError") == (1, 0)
    assert required_by(b"class Kind:\n    requires: tuple = (2, 7)") == (2, 7)
    assert required_by(b"class Kind: ...") is None
    assert required_by(b"def (") is None


@pytest.mark.parametrize("written", [b"requires = '1'", b"requires = (1, 2, 3)", b"requires = now()"])
def test_what_is_no_pair_of_numbers_fits_nowhere(written: bytes) -> None:
    requires = required_by(written)
    assert requires is not None
    assert "no pair of numbers" in unfit(requires)


def test_an_older_minor_version_fits_and_no_other() -> None:
    major, minor = PLUGIN_API
    assert unfit((major, minor)) == ""
    for newer in ((major, minor + 1), (major + 1, 0), (major - 1, 0)):
        assert f"this server has {major}.{minor}" in unfit(newer)
