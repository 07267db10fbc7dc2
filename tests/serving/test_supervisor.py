"""The supervisor and its workers, as real processes on loopback."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

TRIAL = Path(__file__).with_name("trial.py")
LIMIT = 15.0


class Trial:
    """One supervisor with the trial's application."""

    def __init__(self, workers: int, at: str = "127.0.0.1:0", failure: str = "") -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(TRIAL), at, str(workers), *([failure] if failure else [])],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.line = self.process.stdout.readline()
        told = re.fullmatch(r"listening on http://(\[.+\]|[\d.]+):(\d+)\n", self.line)
        self.host, self.port = (told[1].strip("[]"), int(told[2])) if told else ("", 0)

    def ask(self, path: str = "/", connection: http.client.HTTPConnection | None = None) -> str:
        asked = connection or http.client.HTTPConnection(self.host, self.port, timeout=LIMIT)
        asked.request("GET", path)
        answer = asked.getresponse()
        assert answer.status == 200
        body = answer.read().decode()
        if connection is None:
            asked.close()
        return body

    def workers(self) -> set[int]:
        return {child.pid for child in psutil.Process(self.process.pid).children()}

    def end(self, number: int = signal.SIGTERM) -> tuple[int, str]:
        """Send a signal, and wait: exit code and what was written to the error stream."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        _, errors = self.process.communicate(timeout=LIMIT)
        return self.process.returncode, errors


Start = Callable[..., Trial]


@pytest.fixture
def start() -> Iterator[Start]:
    started: list[Trial] = []

    def begin(workers: int = 1, at: str = "127.0.0.1:0", failure: str = "") -> Trial:
        started.append(Trial(workers, at, failure))
        return started[-1]

    yield begin
    for trial in started:
        if trial.process.poll() is None:
            trial.process.kill()
        trial.process.communicate()


def wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + LIMIT
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def alive(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


@pytest.mark.parametrize(("at", "host"), [("127.0.0.1:0", "127.0.0.1"), ("[::1]:0", "::1"), ("[::]:0", "::")])
def test_the_line_names_the_real_port_in_both_families(start: Start, at: str, host: str) -> None:
    trial = start(1, at)
    assert trial.host == host
    assert trial.ask() in {str(pid) for pid in trial.workers()}
    assert trial.end() == (0, "closed\n")


def test_an_unspecified_ipv6_address_takes_ipv4_too(start: Start) -> None:
    trial = start(1, "[::]:0")
    trial.host = "127.0.0.1"
    assert trial.ask()


def test_connections_are_spread_over_the_workers(start: Start) -> None:
    trial = start(2)
    answered = {trial.ask() for _ in range(64)}
    assert answered == {str(pid) for pid in trial.workers()}
    assert len(answered) == 2


def test_the_state_of_the_lifespan_reaches_the_requests(start: Start) -> None:
    assert start(1).ask("/state") == "yes"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_requests_that_began_are_finished_before_the_server_ends(
    start: Start, number: signal.Signals
) -> None:
    trial = start(1)
    with ThreadPoolExecutor(16) as pool:
        asked = [pool.submit(trial.ask, "/slow/0.6") for _ in range(15)]
        wait_until(lambda: trial.ask("/begun") == "15")
        code, errors = trial.end(number)
        assert (code, errors) == (0, "closed\n")
        assert [each.result() for each in asked] == [asked[0].result()] * 15


def test_under_load_no_answer_is_cut_short_by_the_end(start: Start) -> None:
    trial = start(2)
    answered = []

    def ask_until_refused(_: int) -> None:
        while True:
            with socket.create_connection((trial.host, trial.port), LIMIT) as one:
                one.sendall(b"GET /slow/0.005 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                received = b""
                while part := one.recv(65536):
                    received += part
                assert received == b"" or re.fullmatch(rb"HTTP/1.1 200 OK\r\n(.+\r\n)+\r\n\d+", received)
                answered.append(received)

    with ThreadPoolExecutor(8) as pool:
        askers = [pool.submit(ask_until_refused, number) for number in range(8)]
        wait_until(lambda: len(answered) > 100)
        assert trial.end()[0] == 0
        assert {type(asker.exception()) for asker in askers} <= {ConnectionRefusedError, ConnectionResetError}


def test_a_second_signal_ends_at_once_what_the_first_would_finish(start: Start) -> None:
    trial = start(1)
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(trial.ask, "/slow/60")
        wait_until(lambda: trial.ask("/begun") == "1")
        trial.process.send_signal(signal.SIGINT)
        time.sleep(0.3)
        began = time.monotonic()
        trial.end(signal.SIGINT)
        assert time.monotonic() - began < 2
        assert isinstance(asked.exception(), http.client.RemoteDisconnected | ConnectionError)


def test_a_worker_that_was_killed_comes_back_and_the_log_says_why(start: Start) -> None:
    trial = start(2)
    before = trial.workers()
    victim = min(before)
    os.kill(victim, signal.SIGKILL)
    wait_until(lambda: len(trial.workers() - before) == 1)
    (fresh,) = trial.workers() - before
    wait_until(lambda: trial.ask() == str(fresh))
    told = json.loads(trial.end()[1].splitlines()[0])
    assert (told["level"], told["worker"], told["reason"]) == ("error", victim, "killed by SIGKILL")


def test_restarts_in_a_row_are_braked(start: Start) -> None:
    trial = start(1)
    for _ in range(3):
        pid = int(trial.ask())
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda pid=pid: not alive(pid))  # type: ignore[misc]
    trial.ask()
    lines = [json.loads(line) for line in trial.end()[1].splitlines() if line.startswith("{")]
    assert [line["restart_in_seconds"] for line in lines] == [0.0, 0.25, 0.5]


def test_connections_wait_for_the_worker_that_comes_back(start: Start) -> None:
    trial = start(1)
    os.kill(int(trial.ask()), signal.SIGKILL)
    assert trial.ask()


def test_workers_end_when_their_supervisor_is_killed(start: Start) -> None:
    trial = start(2)
    workers = trial.workers()
    trial.process.kill()
    wait_until(lambda: not any(alive(pid) for pid in workers))


def test_a_worker_that_is_asked_to_end_finishes_first(start: Start) -> None:
    trial = start(1)
    (worker,) = trial.workers()
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(trial.ask, "/slow/0.5")
        wait_until(lambda: trial.ask("/begun") == "1")
        os.kill(worker, signal.SIGTERM)
        assert asked.result() == str(worker)
    assert trial.ask() != str(worker)


@pytest.mark.parametrize(
    ("failure", "sentence"),
    [
        ("unprepared", "Misconfigured: The ground is not prepared."),
        ("refusal", "Misconfigured: The trial is not to be."),
        ("death", "WatchwordError: A worker did not become ready: killed by SIGKILL."),
    ],
)
@pytest.mark.parametrize("workers", [1, 2])
def test_what_hinders_the_start_is_said_once_in_a_sentence(
    start: Start, failure: str, sentence: str, workers: int
) -> None:
    trial = start(workers, failure=failure)
    assert trial.line == ""
    assert trial.end() == (1, sentence + "\n")


def test_a_bug_at_the_start_is_logged_with_its_trace_on_one_line(start: Start) -> None:
    code, errors = start(1, failure="bug").end()
    logged, sentence = errors.splitlines()
    assert code == 1
    assert "ZeroDivisionError" in json.loads(logged)["error"]
    assert sentence == "WatchwordError: A worker did not become ready: ended with 1."


def test_an_error_in_a_request_is_logged_and_the_worker_lives_on(start: Start) -> None:
    trial = start(1)
    with pytest.raises(AssertionError):
        trial.ask("/broken")
    assert trial.ask() in {str(pid) for pid in trial.workers()}
    assert "ZeroDivisionError" in json.loads(trial.end()[1].splitlines()[0])["error"]


@pytest.mark.parametrize("workers", [1, 2])
def test_an_address_belongs_to_one_server_only(start: Start, workers: int) -> None:
    first = start(2)
    second = start(workers, f"127.0.0.1:{first.port}")
    assert second.line == ""
    assert f"127.0.0.1:{first.port} is in use" in second.end()[1]


def test_a_server_may_start_where_another_has_just_ended(start: Start) -> None:
    first = start(2)
    first.ask()
    first.end()
    second = start(2, f"127.0.0.1:{first.port}")
    assert second.ask()


@pytest.mark.parametrize(
    ("at", "reason"),
    [("192.0.2.1:0", "is none of this machine's"), ("no-such-host.invalid:0", "its host is not known")],
)
def test_an_address_that_cannot_be_had_is_named(start: Start, at: str, reason: str) -> None:
    errors = start(1, at).end()[1]
    assert errors.startswith(f"Misconfigured: The address {at} ")
    assert reason in errors
