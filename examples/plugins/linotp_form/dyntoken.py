"""A token class of LinOTP's own form: it asks for a word that stands in the question, worked through with the token's key.

The answer is the first eight letters of the hexadecimal HMAC-SHA-256 of the question's word.
"""

# ruff: noqa: ANN001, ANN201, ANN202, ANN204, ANN206, N802, N803  as such classes are written

import hashlib
import hmac

from linotp.lib.config import getFromConfig
from linotp.lib.error import ParameterError
from linotp.lib.tokenclass import TokenClass
from pylons.i18n.translation import _

LETTERS = 8


class DynTokenClass(TokenClass):
    def __init__(self, a_token):
        TokenClass.__init__(self, a_token)
        self.setType("dyn")
        self.mode = ["challenge"]
        self.hKeyRequired = True

    @classmethod
    def getClassType(cls):
        return "dyn"

    @classmethod
    def getClassPrefix(cls):
        return "DYN"

    @classmethod
    def getClassInfo(cls, key=None, ret="all"):
        def part(scope):
            return {"html": "dyntoken.mako", "scope": scope}

        info = {
            "type": "dyn",
            "title": _("Dyn token"),
            "description": _("Asks for a word that is worked through with a key"),
            "init": {"page": part("enroll"), "title": part("enroll.tab")},
            "config": {"page": part("config"), "title": part("config.tab")},
            "selfservice": {
                "enroll": {"page": part("selfservice.enroll"), "title": part("selfservice.tab.enroll")}
            },
            "policy": {
                "authentication": {"word": {"type": "str", "desc": _("The word that dyn tokens ask about")}}
            },
        }
        return info if key is None else info.get(key, ret)

    def update(self, param, reset_failcount=True):
        if param.get("otppin") is not None:
            self.setPin(param["otppin"])
        hashlib_name = param.get("hashlib") or "sha256"
        if hashlib_name not in ("sha256", "sha512"):
            raise ParameterError("hashlib must be sha256 or sha512.")
        TokenClass.update(self, param, reset_failcount)
        self.setOtpLen(LETTERS)
        self.addToTokenInfo("hashlib", hashlib_name)

    def checkOtp(self, anOtpVal, counter, window, options=None):
        return -1  # no answer comes unasked

    def get_challenge_validity(self):
        return int(getFromConfig("DynTokenTimeOut", 120))

    def initChallenge(self, transactionid, challenges=None, options=None):
        most = int(getFromConfig("DynTokenMaxChallemges", 3))
        if len(challenges or []) >= most:
            return False, transactionid, f"{most} questions are open", {}
        return True, transactionid, "", {}

    def createChallenge(self, transactionid, options=None):
        said = options or {}
        word = said.get("data") or transactionid[-6:]
        reply = {"word": word}
        if "colour" in said:  # any parameter of the request can be read
            reply["colour"] = said["colour"]
        return True, f"Your word is {word}", {"word": word}, reply

    def checkResponse4Challenge(self, user, passw, options=None, challenges=None):
        matching = [one for one in challenges or [] if self._answers(one.getData()["word"], passw)]
        return (0, matching) if matching else (-1, [])

    def _answers(self, word, passw):
        algorithm = getattr(hashlib, self.getFromTokenInfo("hashlib", "sha256"))
        right = self.getHOtpKey().hmac_digest(word.encode(), algorithm).hex()[:LETTERS]
        return hmac.compare_digest(right.encode(), passw.lower().encode())
