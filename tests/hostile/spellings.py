"""What nobody should have to receive: texts, and bodies with their content types."""

from collections.abc import Iterator

from tests.hostile.knocking import FORM

TEXTS = (
    "",
    " ",
    "\0",
    "a\0b",
    "\x01\x1b[2J\r\n",
    "a\r\nSet-Cookie: access_token_cookie=mine",
    "' OR 1=1; DROP TABLE token; --",
    "${7*7}{{7*7}}<%= 7*7 %><script>alert(1)</script>",
    "%",
    "*",
    "_",
    "%s%n%(name)s{0}{name}",
    "-1",
    "0",
    "9" * 40,
    "9" * 5000,
    str(2**31),
    str(2**63),
    str(2**63 - 1),
    str(-(2**63) - 1),
    "1e309",
    "NaN",
    "1.5",
    "0x10",
    "1_000",
    "\u0663",  # a digit in Arabic writing
    "\u00b2\u00b2\u00b2",  # digits to str.isdigit, none to int
    "x" * 4096,
    "x" * 100_000,
    "\u202egnp.exe\U0001f600\ufdd0\ufeff",
    "\u0430lice",  # a Cyrillic letter
    "\uff41\uff4c\uff49\uff43\uff45",  # alice in full width
    "\ufdfa" * 300,  # each is 18 letters in NFKC
    "e" + "\u0301" * 5000,
    "../../../etc/passwd",
    "[]",
    '{"a":' * 1500,
    "null",
    "(((((a+)+)+)+)+)+$",
    "(a|aa)+$,(.*)*,[a-",
    "\\",
    "01/01/99999999 10:00",
    "99/99/99 99:99",
    "0001-01-01T00:00:00",
    "9999-12-31T23:59:59.999Z",
    "253402300800000",
    "a=b," * 2000,
    "!" * 3000,
    "* * * * * *; " * 500,
    "1.1.1.1/99, ::/999, -, !*",
    "alice@demo@demo",
    "demo\\alice",
    ":" * 1000,
    ",".join(f"x{number}" for number in range(2000)),
    "((((" * 1000,
    "$watchword$00000000$argon2id$v=19$m=99999999,t=9999,p=99$c2FsdHNhbHQ$aGFzaA",
)

JSON = (b"content-type", b"application/json")
MULTIPART = (b"content-type", b"multipart/form-data; boundary=X")
END = b"--X--\r\n"


def part(name: bytes, content: bytes, more: bytes = b"") -> bytes:
    return b'--X\r\nContent-Disposition: form-data; name="%b"%b\r\n\r\n%b\r\n' % (name, more, content)


def charset(name: bytes) -> tuple[bytes, bytes]:
    return MULTIPART[0], MULTIPART[1] + b"; charset=" + name


UNREADABLE = {
    "JSON that breaks off": (JSON, b'{"user":'),
    "JSON with something behind": (JSON, b"{}x"),
    "a JSON list": (JSON, b"[1]"),
    "a JSON text": (JSON, b'"user"'),
    "a JSON number": (JSON, b"1"),
    "JSON null": (JSON, b"null"),
    "nested JSON": (JSON, b'{"user":' + b"[" * 100_000),
    "nested JSON that ends": (JSON, b'{"a":' * 50_000 + b"1" + b"}" * 50_000),
    "half a character in JSON": (JSON, b'{"user":"\\ud800","\\udfff":1}'),
    "JSON that is no UTF-8": (JSON, b'{"user":"\xff\xfe"}'),
    "JSON in UTF-16": (JSON, '{"user":"alice"}'.encode("utf-16")),
    "a number too large for JSON": (JSON, b'{"user":1' + b"0" * 5000 + b"}"),
    "a float too large for JSON": (JSON, b'{"user":1e309}'),
    "NaN in JSON": (JSON, b'{"user":NaN,"pass":Infinity}'),
    "a JSON patch": ((b"content-type", b"application/json-patch+json"), b"[]"),
    "ten thousand fields and one": (FORM, b"&".join(b"a%d=b" % number for number in range(10_001))),
    "a million ampersands": (FORM, b"&" * 2**20),
    "a form of many parts without parts": (MULTIPART, b"user=alice"),
    "no boundary": ((b"content-type", b"multipart/form-data"), part(b"user", b"alice") + END),
    "an empty boundary": ((b"content-type", b"multipart/form-data; boundary="), END),
    "another boundary": ((b"content-type", b"multipart/form-data; boundary=Y"), part(b"a", b"b") + END),
    "a boundary of 100 kB": (
        (b"content-type", b"multipart/form-data; boundary=" + b"X" * 100_000),
        part(b"a", b"b") + END,
    ),
    "a boundary that is no text": ((b"content-type", b"multipart/form-data; boundary=\xff"), b"--\xff--"),
    "parts that break off": (MULTIPART, part(b"user", b"alice") + part(b"serial", b"T1")),
    "a part that breaks off": (MULTIPART, part(b"user", b"alice")[:-9]),
    "a file that breaks off": (MULTIPART, part(b"file", b"alice", b'; filename="x"')[:-4]),
    "a part without name": (MULTIPART, b"--X\r\nContent-Disposition: form-data\r\n\r\nx\r\n" + END),
    "a part without headers": (MULTIPART, b"--X\r\n\r\nx\r\n" + END),
    "a header that is none": (MULTIPART, b"--X\r\n\0\xff: \x01\r\n\r\nx\r\n" + END),
    "a thousand parts and one": (
        MULTIPART,
        b"".join(part(b"a%d" % number, b"b") for number in range(1001)) + END,
    ),
    "a thousand files and one": (
        MULTIPART,
        b"".join(part(b"a%d" % number, b"b", b'; filename="x"') for number in range(1001)) + END,
    ),
    "twenty thousand headers": (MULTIPART, b"--X\r\n" + b"A: b\r\n" * 20_000 + b"\r\nx\r\n" + END),
    "boundaries that nearly are": (MULTIPART, b"--X" + b"\r\n-" * 50_000),
}
"""Bodies that cannot be read: 400 to whoever may know that much."""

READABLE = {
    "nothing": (FORM, b""),
    "no content type": ((b"x-nothing", b"to see"), b"user=alice&pass=1"),
    "a content type that is none": ((b"content-type", b'\xff;;;="\\'), b"user=alice&pass=1"),
    "broken percent signs": (FORM, b"user=%&pass=%z&serial=%%%&key=%u1234&%=%&=&&&;;"),
    "broken UTF-8": (FORM, b"user=%ff%fe&pass=\xff\xfe&serial=%ed%a0%80&key=%f4%90%80%80&name=%c0%80"),
    "UTF-16": (FORM, "user=alice&pass=1".encode("utf-16")),
    "everything twice": (FORM, b"user=alice&user=bob&serial=T1&serial=T2&key[]=a&key[]=b&key=c&realms[]="),
    "ten thousand fields": (FORM, b"&".join(b"a%d=b" % number for number in range(9_999))),
    "NUL in JSON": (JSON, b'{"user":"\\u0000","pass":"\\u0000","serial":"\\u0000","key":"\\u0000"}'),
    "every JSON type": (
        JSON,
        b"""{"user":[1,null,true,{"a":[]},1.5,"x"],"pass":{"x":null},"serial":true,"realm":null,"key":[],
        "tokens":{"a":1},"realms":[["a"]],"page":1.5,"rp":[1],"name":false,"value":-0.0,"action":12}""",
    ),
    "a wide JSON object": (JSON, b"{" + b",".join(b'"k%d":%d' % (n, n) for n in range(5000)) + b"}"),
    "nested JSON that can be kept": (JSON, b'{"user":' + b"[" * 500 + b"]" * 500 + b"}"),
    "a name twice in JSON": (JSON, b'{"user":"a","user":["b"]}'),
    "a codec that takes long": (
        charset(b"punycode"),
        part(b"user", b"a" * 50_000 + b"-" + b"b" * 50_000) + END,
    ),
    "a codec that gives halves": (
        charset(b"unicode_escape"),
        b"".join(part(name, b"\\ud800") for name in (b"user", b"serial", b"key", b"name", b"\\ud800")) + END,
    ),
    "a codec that is none": (charset(b"undefined"), part(b"user", b"a") + END),
    "NUL in a file's name": (MULTIPART, part(b"file", b"\0\xff", b'; filename="\0\xff../../x"') + END),
    "a line's end in a part's name": (MULTIPART, part(b'a\\"\r\nX: y', b"x") + END),
    "something behind the last part": (MULTIPART, part(b"user", b"a") + END + b"junk" * 1000),
    "a document with entities": ((b"content-type", b"text/xml"), b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'),
}
"""Bodies that say something, if nothing of use."""


def large(size: int) -> Iterator[tuple[tuple[bytes, bytes], bytes]]:
    """Bodies of this many bytes and some."""
    yield FORM, b"user=" + b"x" * size + b"&pass=1&serial=T9"
    yield FORM, b"serial=T9&pass=" + b"%00" * (size // 3)
    yield JSON, b'{"serial":"T9","pass":"' + b"x" * size + b'"}'
    yield JSON, b'{"serial":"T9","pass":[' + b"1," * (size // 2) + b"1]}"
    yield MULTIPART, part(b"serial", b"T9") + part(b"pass", b"\r\n--" * (size // 4)) + END
