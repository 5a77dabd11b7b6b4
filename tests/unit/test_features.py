"""Every feature that declares itself is listed, and what it declares is found where it is needed."""

import importlib
import re
from itertools import chain
from pathlib import Path

import dialogs
from bot.app.maintenance import answer_slots
from dialogs.core.feature import Feature
from dialogs.privacy.inventory import INVENTORY
from dialogs.router import CLOSED_TO_LEAVERS, FEATURES, TIMERS, VERBS
from tests.channels import WEB


def declared() -> list[Feature]:
    """Return the FEATURE of every module of the dialogs."""
    [root] = dialogs.__path__
    modules = sorted(
        file.relative_to(root).with_suffix("")
        for file in Path(root).rglob("*.py")
        if "\nFEATURE: " in file.read_text("utf-8")
    )
    found: list[Feature] = [importlib.import_module(".".join(("dialogs", *each.parts))).FEATURE for each in modules]
    return found


def test_every_feature_that_is_declared_is_listed() -> None:
    assert len(declared()) >= 10
    assert [each for each in declared() if not any(each is listed for listed in FEATURES)] == []


def test_a_flow_module_has_flows_and_a_feature_module_the_table_alone() -> None:
    [root] = dialogs.__path__
    modules = {name: sorted(Path(root).rglob(name)) for name in ("flow.py", "feature.py")}
    defines = {file: re.search(r"^def ", file.read_text("utf-8"), re.MULTILINE) for file in chain(*modules.values())}
    assert [file for file in modules["flow.py"] if not defines[file]] == []
    tables = [file for file in modules["feature.py"] if file.parent.name != "core"]
    assert [file for file in tables if defines[file] or "\nFEATURE: " not in file.read_text("utf-8")] == []


def test_no_two_features_answer_to_the_same_verb_or_store_the_same_kind() -> None:
    assert len(VERBS) == sum(len(each.verbs) for each in FEATURES)
    assert len(TIMERS) == sum(len(each.timers) for each in FEATURES)
    assert not VERBS.keys() & TIMERS.keys()
    kinds = [record.KIND for each in FEATURES for record in each.records]
    assert len(kinds) == len(set(kinds))


def test_what_a_feature_declares_reaches_inventory_retention_and_router() -> None:
    for feature in FEATURES:
        assert {record.KIND for record in feature.records} <= {holding.kind for holding in INVENTORY}
        assert all(f"{slot}/web:1".startswith(answer_slots([WEB])) for slot in feature.answers)
        assert set(feature.closed_to_leavers) <= set(CLOSED_TO_LEAVERS)
        assert all(any(verb.startswith(prefix) for verb in VERBS) for prefix in feature.closed_to_leavers)


def test_a_person_expires_after_the_conversation_that_keeps_them() -> None:
    kinds = [holding.kind for holding in INVENTORY]
    assert kinds.index("session") < kinds.index("person")
