"""Any module of the program can be the first that is imported: no two modules need each other to start."""

from graphlib import CycleError, TopologicalSorter

import grimp

PACKAGES = ("bot", "dialogs", "knowledge")


def circle(imports: dict[str, set[str]]) -> list[str]:
    """Return modules that import each other in a circle, the first repeated at the end; empty without a circle."""
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_a_circle_is_found_and_shown() -> None:
    assert circle({"cards": {"many"}, "many": {"counting"}, "counting": {"cards"}}) != []
    assert circle({"cards": {"sure"}, "many": {"counting"}, "counting": {"cards"}}) == []


def test_no_modules_import_each_other_in_a_circle() -> None:
    first, *others = PACKAGES
    graph = grimp.build_graph(first, *others, exclude_type_checking_imports=True, cache_dir=None)
    imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    assert len(imports) > 100
    assert circle(imports) == []
