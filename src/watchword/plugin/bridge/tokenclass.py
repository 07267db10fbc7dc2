"""The class that token classes of LinOTP's form inherit: the method names that they call and override, and what each does
where a class says nothing else. Nothing here decides or stores: see `adapting`.
"""

# ruff: noqa: N802, N803, N815, ARG003  the names are those that such classes use

from collections.abc import Mapping, Sequence
from typing import Any

from watchword.errors import BadParameter, ConflictingParameters, MissingParameter
from watchword.plugin.bridge.moment import NotHere, here, tools_here
from watchword.plugin.bridge.row import Row, SecretObject

Params = dict[str, Any]
_KEY_BYTES = 20
_YES = frozenset({"1", "true", "yes", "on"})


def yes(value: object) -> bool:
    """Whether a parameter says so."""
    return str(value).strip().lower() in _YES


class Question:
    """A question as a class sees it again when it is answered."""

    def __init__(self, transid: str, serial: str, message: str, data: Any) -> None:
        self.transid = transid
        self.tokenserial = serial
        self.challenge = message
        self.data = data

    def getTransactionId(self) -> str:
        return self.transid

    def getTokenSerial(self) -> str:
        return self.tokenserial

    def getChallenge(self) -> str:
        return self.challenge

    def getData(self) -> Any:
        return self.data

    def is_open(self) -> bool:
        return True

    def get(self, key: str | None = None, fallback: Any = None) -> Any:
        known = {"transid": self.transid, "challenge": self.challenge, "data": self.data}
        return known if key is None else known.get(key, fallback)


class TokenClass:
    """One token of one class."""

    supports_offline_mode = False
    counts = True
    """Whether what `checkOtp` returns is a place that never comes again. A class whose codes are spent elsewhere (it asks
    another server) says False."""

    def __init__(self, a_token: Row) -> None:
        self.token = a_token
        self.type = ""
        self.hKeyRequired = False
        self.mode = ["authenticate", "challenge"]
        self.auth_info: Params = {}
        self.info: Params = {}
        self.matching_challenges: list[Question] = []
        self.valid_token: list[Any] = []
        self.path: list[str] = []

    # ---------------------------------------------------------------- what it is

    @classmethod
    def getClassType(cls) -> str:
        return ""

    @classmethod
    def getClassPrefix(cls) -> str:
        return ""

    @classmethod
    def getClassInfo(cls, key: str | None = None, ret: Any = "all") -> Any:
        return {} if key is None else ret

    def setType(self, typ: str) -> None:
        self.type = typ

    def getType(self) -> str:
        return self.type or self.token.kind

    # ---------------------------------------------------------------- enrolment

    @classmethod
    def get_helper_params_pre(cls, params: Params) -> Params:
        return {}

    @classmethod
    def get_helper_params_post(cls, params: Params, user: Any = None) -> Params:
        return {}

    def setDefaults(self) -> None:
        return

    def validate_seed(self, seed: str) -> None:
        return

    def update(self, param: Params, reset_failcount: bool = True) -> None:
        """Takes description, key, length and PIN of the parameters; what else they say, a class reads itself."""
        if param.get("description"):
            self.setDescription(str(param["description"]))
        self._take_key(param)
        if param.get("otplen"):
            self.setOtpLen(param["otplen"])
        if param.get("pin") is not None:
            self.setPin(str(param["pin"]), param)

    def _take_key(self, param: Params) -> None:
        key, made = param.get("otpkey"), yes(param.get("genkey", ""))
        if key and made:
            raise ConflictingParameters("Send either otpkey or genkey: a key is given or made, not both.")
        if made:
            size = int(param.get("key_size", param.get("keylen", _KEY_BYTES)) or _KEY_BYTES)
            key = tools_here().dice.bytes(size).hex()
            self.info["otpkey"] = key
        if key:
            self.validate_seed(str(key))
            self.setOtpKey(str(key))
        elif self.hKeyRequired:
            raise MissingParameter("otpkey")

    def getInitDetail(self, params: Params, user: Any = None) -> Params:
        detail: Params = {"serial": self.getSerial()}
        if "otpkey" in self.info:
            detail["otpkey"] = {
                "description": "OTP seed",
                "value": f"seed://{self.info['otpkey']}",
                "order": 0,
            }
        return detail

    def getQRImageData(self, response_detail: Params) -> Any:
        return None

    # ---------------------------------------------------------------- answers

    def splitPinPass(self, passw: str) -> tuple[str, str]:
        """As the house parts answers: by the length of codes, and where ``PrependPin`` wants the PIN."""
        answer, parts = here().parts
        if passw == answer:
            return parts
        length = self.getOtpLen()
        if here().settings.flag("PrependPin", default=True):
            return (passw[:-length], passw[-length:]) if length else (passw, "")
        return passw[length:], passw[:length]

    def checkPin(self, pin: str, options: Params | None = None) -> bool:
        return here().pin_matches(pin)

    def checkOtp(self, anOtpVal: str, counter: int, window: int, options: Params | None = None) -> int:
        """The place of the code, -1 where it has none."""
        return -1

    def check_otp_exist(
        self, otp: str, window: int | None = None, user: Any = None, autoassign: bool = False
    ) -> int:
        return self.checkOtp(otp, self.getOtpCount(), window or self.getOtpCountWindow(), None)

    def authenticate(
        self, passw: str, user: Any, options: Params | None = None
    ) -> tuple[bool, int, Params | None]:
        pin, otp = self.splitPinPass(passw)
        found = self.checkOtp(otp, self.getOtpCount(), self.getOtpCountWindow(), options)
        return self.checkPin(pin, options), found, None

    def statusValidationSuccess(self) -> None:
        return

    def statusValidationFail(self) -> None:
        return

    # ---------------------------------------------------------------- questions

    def is_challenge_request(self, passw: str, user: Any, options: Params | None = None) -> bool:
        said = options or {}
        return ("data" in said or "challenge" in said) and self.checkPin(passw, options)

    def is_challenge_response(
        self,
        passw: str,
        user: Any,
        options: Params | None = None,
        challenges: Sequence[Question] | None = None,
    ) -> bool:
        said = options or {}
        return "state" in said or "transactionid" in said

    def is_challenge_and_auth_request(self, passw: str, user: Any, options: Params | None = None) -> bool:
        return False

    def initChallenge(
        self,
        transactionid: str,
        challenges: Sequence[Question] | None = None,
        options: Params | None = None,
    ) -> tuple[bool, str, str, Params]:
        return True, transactionid, "", {}

    def createChallenge(
        self, transactionid: str, options: Params | None = None
    ) -> tuple[bool, str, Any, Params | None]:
        return True, self.getChallengePrompt(), "", None

    def checkResponse4Challenge(
        self,
        user: Any,
        passw: str,
        options: Params | None = None,
        challenges: Sequence[Question] | None = None,
    ) -> tuple[int, list[Question]]:
        """The code is held against `checkOtp`, and whatever question was named is answered by it."""
        found = self.checkOtp(passw, self.getOtpCount(), self.getOtpCountWindow(), options)
        return found, list(challenges or []) if found >= 0 else []

    def check_challenge_response(
        self, challenges: Sequence[Question], user: Any, passw: str, options: Params | None = None
    ) -> int:
        found, matching = self.checkResponse4Challenge(user, passw, options=options, challenges=challenges)
        self.matching_challenges = matching
        return found

    def get_challenge_validity(self) -> int:
        """Seconds."""
        settings = here().settings
        common = settings.number("DefaultChallengeValidityTime", 120)
        return settings.number(f"{self.getType().capitalize()}ChallengeValidityTime", common)

    def getChallengePrompt(self, default: str | None = None) -> str:
        name = f"{self.getType().upper()}_CHALLENGE_PROMPT"
        return here().settings.text(name, default or "Otp: ")

    # ---------------------------------------------------------------- the rest

    def resync(self, otp1: str, otp2: str, options: Params | None = None) -> bool:
        return False

    def isActive(self) -> bool:
        return self.token.active

    def getAuthDetail(self) -> Params:
        return self.auth_info

    def get_enrollment_status(self) -> Params:
        return {"status": "completed", "detail": ""}

    # ---------------------------------------------------------------- the row

    def getSerial(self) -> str:
        return self.token.serial

    def getRealms(self) -> list[str]:
        return list(self.token.realms)

    def getDescription(self) -> str:
        return self.token.description

    def setDescription(self, text: str) -> None:
        self.token.write("description", str(text))

    def getTokenInfo(self) -> Params:
        return dict(self.token.info)

    def setTokenInfo(self, info: Mapping[str, Any]) -> None:
        self.resetTokenInfo()
        for key, value in info.items():
            self.addToTokenInfo(key, value)

    def resetTokenInfo(self) -> None:
        for key in list(self.token.info):
            self.removeFromTokenInfo(key)

    def addToTokenInfo(self, key: str, value: Any) -> None:
        self.token.set_info(key, value)

    def addToInfo(self, key: str, value: Any) -> None:
        self.info[key] = value

    def getFromTokenInfo(self, key: str, default: Any = None) -> Any:
        return self.token.info.get(key, default)

    def removeFromTokenInfo(self, key: str) -> None:
        if key in self.token.info:
            self.token.set_info(key, None)

    def setOtpKey(self, otpKey: str | bytes, reset_failcount: bool = True) -> None:
        """In hexadecimal; a text that is none is taken letter by letter."""
        if isinstance(otpKey, bytes):
            key = otpKey
        else:
            try:
                key = bytes.fromhex(otpKey)
            except ValueError:
                key = otpKey.encode()
        self.token.write("secret", key)
        self.token.secret = lambda: key

    setHOtpKey = setOtpKey

    def getHOtpKey(self) -> SecretObject:
        return self.token.getHOtpKey()

    get_token_key = _getTokenKey = getHOtpKey

    def setPin(self, pin: str, param: Params | None = None) -> None:
        self.token.write("pin", pin)

    def getOtpLen(self) -> int:
        return self.token.digits

    def setOtpLen(self, otplen: int | str) -> None:
        try:
            length = int(otplen)
        except ValueError:
            raise BadParameter("otplen must be a number.") from None
        self.token.write("digits", length)
        self.token.digits = length

    def getOtpCount(self) -> int:
        return self.token.count

    def setOtpCount(self, otpCount: int) -> None:
        self.token.write("counter", int(otpCount), later=True)

    setCount = setOtpCount

    def incOtpCounter(self, counter: int | None = None, reset: bool = True) -> int:
        """The token moves behind this place."""
        place = (self.token.count if counter is None else int(counter)) + 1
        self.setOtpCount(place)
        return place

    def getOtpCountWindow(self) -> int:
        return self.token.window

    def getSyncWindow(self) -> int:
        return self.token.sync_window

    def getFailCount(self) -> int:
        return self.token.failures

    def getMaxFailCount(self) -> int:
        return self.token.max_failures

    def setMaxFail(self, max_fail: int) -> None:
        raise NotHere("The highest fail counter is set by an administrator, not by a token class.")


class StatefulTokenMixin:
    """Steps of an enrolment that has several, kept in the token info."""

    def __init__(self, _from: TokenClass | None = None) -> None:
        return

    @property
    def current_state(self) -> str | None:
        state: str | None = self.getFromTokenInfo("state")  # type: ignore[attr-defined]
        return state

    def change_state(self, state: str) -> None:
        self.addToTokenInfo("state", state)  # type: ignore[attr-defined]

    def ensure_state(self, state: str) -> None:
        if self.current_state != state:
            raise BadParameter(f"The token is in the state {self.current_state!r} and not {state!r}.")
