"""The examples in a server of its own process, as an operator installs them."""

from pathlib import Path

from tests.examples.test_plugins import installed, read
from tests.serving_process import DEMO, Serve, serve

__all__ = ["serve"]


async def test_alice_logs_in_with_both_and_the_files_are_logged(serve: Serve, tmp_path: Path) -> None:
    folder = installed(tmp_path / "plugins")
    server = serve(
        *("--home", str(tmp_path / "home"), "--demo"),
        environment={
            **DEMO,
            "WATCHWORD_PLUGINS_FOLDERS": str(folder),
            "WATCHWORD_PLUGINS_ALLOW_WRITABLE": "true",
        },
    )
    async with server.administrator() as caller:
        shown = (await caller.whole("/admin/init", type="gridcard", user="alice", pin="11"))["detail"]
        asked = (await caller.whole("/validate/check", user="alice", **{"pass": "11"}))["detail"]
        answer = {
            "transactionid": asked["transactionid"],
            "pass": read(shown["gridcard"]["value"], asked["cells"]),
        }
        assert await caller.value("/validate/check", user="alice", **answer) is True

        shown = (await caller.whole("/admin/init", type="webbutton", user="bob", pin="22"))["detail"]
        asked = (await caller.whole("/validate/check", user="bob", **{"pass": "22"}))["detail"]
        pressed = {"transactionid": asked["transactionid"], "key": shown["key"]["value"], "choice": "yes"}
        assert (await caller.post("/answer", **pressed)).status_code == 200
        status = await caller.whole(
            "/validate/check_status", transactionid=pressed["transactionid"], **{"pass": "22"}
        )
        assert status["detail"]["transactions"][pressed["transactionid"]]["valid_tan"] is True
    logged = server.logged()
    for name in ("gridcard.py", "gridcard.html", "webbutton.py", "webbutton.html"):
        assert logged.count(str(folder / name)) == 1
