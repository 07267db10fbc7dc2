"""A directory that hangs, and a server as a real process."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

from tests.elsewhere import Elsewhere
from tests.serving_process import Serve


async def test_a115_who_waits_for_a_hung_directory_keeps_nobody_else_waiting(
    serve: Serve, place: Mapping[str, str], tmp_path: Path
) -> None:
    plugged = {**Elsewhere.plugged_in(tmp_path), "WATCHWORD_DIRECTORY_SECONDS": "60"}
    server = serve("--demo", environment={**place, **plugged})
    faraway = Elsewhere.at(tmp_path, "faraway", "carol")
    async with server.administrator() as linotp, server.client() as stranger:
        kind = {"type": "waywardresolver", "folder": str(faraway.folder)}
        await linotp.value("/system/setResolver", name="faraway", **kind)
        spec = "useridresolver.WaywardIdResolver.IdResolver.faraway"
        await linotp.value("/system/setRealm", realm="far", resolvers=spec)
        faraway.does("wait")
        hung = [
            asyncio.create_task(
                stranger.post("/validate/check", user=f"who{number}", realm="far", **{"pass": "0"})
            )
            for number in range(40)
        ]
        while not faraway.asked():
            await asyncio.sleep(0.01)
        assert not await linotp.value("/validate/check", user="alice", **{"pass": "0"})
        assert len(await linotp.value("/admin/userlist", username="alice")) == 1
        assert not any(task.done() for task in hung)
        faraway.does("")
        answers = await asyncio.gather(*hung)
    assert {answer.json()["result"]["value"] for answer in answers} == {False}
