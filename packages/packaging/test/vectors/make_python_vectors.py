"""Writes python-packaging.json: what Python's `packaging` says of generated and hand-picked texts.

ASCII only: `packaging` strips Unicode white space around versions, which we do not.
"""

import itertools
import json
import pathlib
import random

import packaging
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

rng = random.Random(440)
SEP = ["", ".", "-", "_"]
NUM = ["", "0", "1", "2", "10", "007", "20260101", "340282366920938463463374607431768211456"]


def pick(*options):
    return rng.choice(options)


def release():
    return ".".join(pick("0", "0", "1", "2", "10", "00", "2026") for _ in range(rng.randint(1, 4)))


def version():
    text = pick("", "", "", "v", "V") + pick("", "", "", "0!", "1!", "07!") + release()
    if rng.random() < 0.4:
        label = pick("a", "alpha", "b", "BETA", "c", "rc", "RC", "pre", "preview", "Alpha")
        text += pick(*SEP) + label + pick(*SEP) + pick(*NUM)
    if rng.random() < 0.3:
        label = pick("post", "rev", "r", "POST", "Rev")
        text += pick("-" + pick(*NUM[1:]), pick(*SEP) + label + pick(*SEP) + pick(*NUM))
    if rng.random() < 0.3:
        text += pick(*SEP) + pick("dev", "DEV", "Dev") + pick(*SEP) + pick(*NUM)
    if rng.random() < 0.2:
        text += "+" + pick(*SEP[1:]).join(pick("1", "01", "abc", "UBUNTU", "1a", "a1", "2") for _ in range(rng.randint(1, 3)))
    if rng.random() < 0.05:
        text = pick(" ", "\t", "\n") + text + pick(" ", "\r\n")
    return text


def broken(text):
    at = rng.randrange(len(text) + 1)
    noise = pick("", "", "x", ".", "-", "!", "+", "..", "v", "1", " ", "*", "_", "dev", "post", "a", "0x1", "e5")
    return text[:at] + noise + text[at + rng.randint(0, 2) :]


HAND_PICKED = """1 1.0 1.0.0 1.0.0.0 0 00 1!0 1.0a1 1.0.a.1 1.0-a-1 1.0_a_1 1.0alpha 1.0c1 1.0rc1 1.0pre1 1.0preview1 1.0-1 1.0-r1
1.0.post 1.0.post1 1.0post1.dev2 1.0a1.post1.dev1 1.0.dev 1.0.dev0 1.0+a 1.0+a.b 1.0+a-b 1.0+a_b 1.0+1 1.0+01 1.0+1.a 1.0+a.1
1.0+ +1 a 1. .1 1..0 1.0- 1.0a- 1.0.post- 1.0-post-1 1.0--1 1.0-1-1 1.0a1a2 1.0post1post2 1.0dev1dev2 1.0dev1a1 v v1 vv1 1!
!1 1!1!1 1.0+a+b 1.0+a..b 1.0+-a 1.0+a- 2004b 2004d 1.0-foo 1.0.foo 1_000 0x10 1e5 1.0,1 1.0.* 1,0""".split()


def judge(parse, error, texts):
    rows = []
    for text in sorted(set(texts)):
        if not text.isascii():
            continue
        try:
            rows.append([text, parse(text)])
        except error:
            rows.append([text, None])
    return rows


def versions():
    made = [version() for _ in range(900)]
    return judge(lambda text: str(Version(text)), InvalidVersion, HAND_PICKED + [""] + made + [broken(t) for t in made[:500]])


def order(rows):
    """Normal forms in ascending order; equal versions share a list."""
    parsed = sorted((Version(normal) for _, normal in rows if normal is not None), key=lambda v: (v, str(v)))
    return [sorted({str(v) for v in group}) for _, group in itertools.groupby(parsed)]


def specifier():
    operator = pick("==", "!=", "<=", ">=", "<", ">", "~=", "===", "=", "")
    return operator + pick("", "", " ") + version().strip() + pick("", "", "", ".*")


SPECIFIERS = [
    "", ",", ">=1.0,", ",>=1", "<1,,>2", ">=3.6.*", "==1.*", "==1.*.2", "===foo bar", "===anything-1", "~=1", "~=1.0", ">=1+local",
    ">1 <2", "==1.0.dev1.*", "==1.0a1.*", "==1!1.*", "=1.0", "1.0", "==1.0+a.*", "==v1.0", "== 1.0 , < 2 ", "==*", "==.*", "==1.0.*.*",
    ">=2.7, !=3.0.*, !=3.1.*, !=3.2.*, <4", "===", "==", "=== 1.0", "===1;x", "===1)",
]
REQUIREMENTS = [
    "foo", "Foo.Bar_baz", "foo (>=1.0)", "foo (1.0)", "foo(>=1,)", "foo >=1,", "foo[a,b]>=1; python_version<'3'", "foo@ http://x/y",
    "foo @ http://x/y ; os_name=='a'", "foo @http://x/y; os_name=='a'", "foo[]", "foo[a,]", "foo[,a]", "foo[a b]", "foo[a", "foo ()", "foo (", "foo )",
    "foo;", "foo; extra == 'x' and (a == 'b')", "foo; extra == 'x' and (os_name == 'b')", "foo; extra == 'x", "foo; python_version in '2.7 3'",
    "foo; os.name == 'x'", "foo;platform.python_implementation=='x'", "foo; 'a' == 'b'", "foo; extra=='x' or", "foo; or extra=='x'",
    "foo>=1.*", "-foo", "foo-", "foo_", "_foo", ".foo", "", " ", " foo ", "foo; python_version not  in 'x'", "foo; (extra=='x')", "foo; ((extra=='x'))",
    "foo; (extra=='x'", "foo; extra=='x')", "foo ~=1", "foo ~=1.0", "foo===a b", "foo ; 'x' in extras", "foo ; 'x' in dependency_groups", "foo @ ",
    "foo @", "foo==1 ,<2", "foo==1 <2", "foo;os_name=='a'and os_name=='b'", "foo;os_name=='a'andos_name=='b'", "foo bar", "foo 1.0", "foo=1",
    "foo; implementation_name === 'x'", "foo; sys_platform ~= 'x'", "foo; sys_platform = 'x'", "foo; python_version > \"3\" and python_version < '4' or extra=='b'",
    "foo [a] (>=1) ; extra == 'x'", "foo[a]@ http://x", "foo>=1 @ http://x", "foo; extra == \"it's\"", "foo; extra == 'x' # comment", "foo, bar",
    "foo; unknown == 'x'", "foo; os_name", "foo; os_name ==", "foo; 'a'", "foo (>=1", "foo >=1)", "foo(>=1)[a]",
]


def main():
    rows = versions()
    specifiers = judge(lambda t: bool(SpecifierSet(t)) or True, InvalidSpecifier, SPECIFIERS + [specifier() for _ in range(500)])
    requirements = judge(lambda t: bool(Requirement(t)), InvalidRequirement, REQUIREMENTS)
    document = {
        "madeWith": f"packaging {packaging.__version__}",
        "versions": rows,
        "order": order(rows),
        "specifiers": [[text, ok is True] for text, ok in specifiers],
        "requirements": [[text, ok is True] for text, ok in requirements],
    }
    lines = ",\n".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in document.items())
    pathlib.Path(__file__).with_name("python-packaging.json").write_text(f"{{\n{lines}\n}}\n")


main()
