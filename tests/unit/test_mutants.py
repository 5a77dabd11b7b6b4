"""The tool that changes modules: what it changes, what it leaves alone, and how it names a change."""

import ast
from pathlib import Path
from textwrap import dedent

import pytest

from tests.mutants.__main__ import LEAST_OF_ALL, read_areas, read_equivalent, report, sample
from tests.mutants.mutate import mutants_of


def changes(source: str) -> list[str]:
    source = dedent(source)
    return [f"{each.old} -> {each.new}" for each in mutants_of("m.py", source)]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("return a < b", ["a < b -> None", "a < b -> a <= b"]),
        ("return a is b", ["a is b -> None", "a is b -> a is not b"]),
        ("return a or b", ["a or b -> None", "a or b -> False or b", "a or b -> a and b", "a or b -> a or False"]),
        ("return not a", ["not a -> (a)", "not a -> None"]),
        ("return a + b", ["a + b -> (a)", "a + b -> (b)", "a + b -> None"]),
        ("return a - b", ["a - b -> (a)", "a - b -> None"]),
        ("return 3", ["3 -> 4", "3 -> None"]),
        ("return min(a, b)", ["min(a, b) -> None", "min(a, b) -> max(a, b)"]),
        ("return f(a, x=a, y=b)", ["f(a, x=a, y=b) -> None", "x=a,  -> ", "y=b -> "]),
        (
            "return [x for x in a if b]",
            ["[x for x in a if b] -> None", "[x for x in a if b] -> [x for x in a if True]"],
        ),
        ("return {a, b}", ["{a, b} -> None", "{a, b} -> {a, }", "{a, b} -> {b}"]),
        ("f(a)", ["f(a) -> pass"]),
        ("a.x = b", ["a.x = b -> pass"]),
        ("a += b", ["a += b -> pass"]),
        ("del a[b]", ["del a[b] -> pass"]),
        ("if a: f = b", ["a -> (not (a))"]),
        ("raise ValueError(a)", ["raise ValueError(a) -> pass"]),
    ],
)
def test_each_kind_of_line_is_changed_in_each_way(line: str, expected: list[str]) -> None:
    assert sorted(changes(f"def f(a, b):\n    {line}\n")) == sorted(expected)


def test_generators_and_coroutines_are_changed_like_any_function() -> None:
    source = """
        async def one(a):
            await a.close()

        def two(a):
            found = yield a
            if found:
                return (yield from two(found))
    """
    assert changes(source) == [
        "await a.close() -> pass",
        "found -> (not (found))",
        "yield from two(found) -> None",
    ]


@pytest.mark.parametrize(
    "source",
    [
        '"""A docstring with 3 words."""',
        "class Port(Protocol):\n    async def f(self) -> int:\n        return 1",
        "@dataclass(frozen=True, slots=True)\nclass A:\n    x: int",
        "def f(a: int | None) -> bool | None:\n    pass",
        "def f(self):\n    self._log.info('x', number=len(self.all))",
        "def f(self):\n    raise AssertionError('unreachable')",
        "class A:\n    def __init__(self, a):\n        self.a = a",
        "from a import b",
    ],
)
def test_what_is_no_promise_is_left_alone(source: str) -> None:
    assert changes(source) == []


def test_a_size_of_a_module_is_put_to_nothing_and_a_number_in_a_function_is_off_by_one() -> None:
    assert changes("MOST = 500\nNONE = 0\n\ndef f():\n    return x[1]\n") == [
        "500 -> 0",
        "0 -> 1",
        "x[1] -> None",
        "1 -> 2",
    ]


@pytest.mark.full
def test_every_change_compiles_and_changes_the_program() -> None:
    source = Path("tests/mutants/mutate.py").read_text("utf-8")
    before = ast.dump(ast.parse(source))
    found = mutants_of("tests/mutants/mutate.py", source)
    assert len(found) > 60
    assert all(ast.dump(ast.parse(each.apply(source))) != before for each in found)
    assert len({each.apply(source) for each in found}) == len(found)


def test_a_change_has_one_name_wherever_it_stands() -> None:
    source = "def f(a):\n    return a < 3\n"
    here = [each.fingerprint for each in mutants_of("a.py", source)]
    assert here == [each.fingerprint for each in mutants_of("b/c.py", "import x\n\n\n" + source)]
    assert len(set(here)) == len(here) == 3
    assert here != [each.fingerprint for each in mutants_of("a.py", source.replace("def f", "def g"))]


def test_a_sample_takes_as_many_of_each_area_and_the_same_ones_again() -> None:
    few = mutants_of("a.py", "def f(a):\n    return a < 3\n")
    many = mutants_of("b.py", "def f(a):\n" + "".join(f"    g(a, {n})\n" for n in range(50)))
    every = {"few": few, "many": many}
    drawn = sample(every, 20, seed=1)
    assert [name for name, _ in drawn].count("few") == len(few)
    assert len(drawn) == len(set(drawn)) == 20
    assert drawn == sample(every, 20, seed=1) != sample(every, 20, seed=2)
    alone = sample({"many": many}, 5, seed=1)
    assert alone == [each for each in drawn if each[0] == "many"][:5]


@pytest.mark.parametrize(
    ("survived", "code"), [({"a": 0, "b": 0}, 0), ({"a": 5, "b": 0}, 0), ({"a": 6, "b": 0}, 1), ({"a": 3, "b": 4}, 1)]
)
def test_too_many_survivors_fail_altogether_and_in_one_area(survived: dict[str, int], code: int) -> None:
    [one, *_] = mutants_of("a.py", "def f(a):\n    return a < 3\n")
    tried = {"a": 20, "b": 20}
    kept = {name: [one] * number for name, number in survived.items()}
    assert report({name: [one] * 20 for name in tried}, tried, kept, 1.0) == code
    assert LEAST_OF_ALL == 0.85


def test_every_area_names_modules_and_tests_that_are_there() -> None:
    for area in read_areas(()):
        assert area.paths()
        assert [test for test in area.tests if test.startswith("tests/") and not Path(test).exists()] == []


@pytest.mark.full
def test_every_change_that_changes_nothing_is_still_one_that_could_be_made() -> None:
    known: set[str] = {each.fingerprint for area in read_areas(()) for each in area.mutants()}
    assert read_equivalent() <= known


def test_an_area_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(SystemExit, match=r"no area origins\. There are: runtime, .*masking"):
        read_areas(["masking", "origins"])
