"""A stand-in for Microsoft Graph and Entra's token endpoint, on this machine.

Answers follow Microsoft's documentation (2026-11-26): https://learn.microsoft.com/graph/delta-query-overview,
https://learn.microsoft.com/graph/api/user-delta, https://learn.microsoft.com/graph/delta-query-groups,
https://learn.microsoft.com/graph/throttling, https://learn.microsoft.com/graph/errors and
https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow.
"""

import json
import re
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import jwt
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography import x509

TENANT: Final = "99999999-9999-4999-8999-999999999999"
CLIENT: Final = "11111111-2222-4333-8444-555555555555"
SECRET: Final = "abc~a-secret-that-must-never-be-shown"
_ID: Final = re.compile(r"id eq '([^']*)'")

# Answers instead of the usual one; None leaves it.
Fault = Callable[[web.Request], web.Response | None]


def object_id(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012}"


def error(status: int, code: str, **headers: str) -> web.Response:
    """Return an error as Graph writes it."""
    body = {"error": {"code": code, "message": "…", "innerError": {"request-id": object_id(0)}}}
    return web.json_response(body, status=status, headers={k.replace("_", "-"): v for k, v in headers.items()})


@dataclass
class FakeGraph:
    """Users and groups of one tenant, with every change.

    Attributes:
        page: objects, or members, in a page.
        sparse: whether a delta query returns only changed properties of a user.
        asked: method and path of every request.
        faults: asked in order for the next requests; one that answers is used up.
        can_read_applications: whether the registration has Application.Read.All.
    """

    page: int = 100
    sparse: bool = False
    can_read_applications: bool = False
    certificate: bytes = b""
    users: dict[str, dict[str, Any]] = field(default_factory=dict)
    deleted: dict[str, tuple[dict[str, Any], str]] = field(default_factory=dict)
    groups: dict[str, str] = field(default_factory=dict)
    members: defaultdict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    credentials: list[dict[str, Any]] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)
    token_seconds: float = 3599
    forms: list[Mapping[str, str]] = field(default_factory=list)
    origin: str = ""
    _history: list[tuple[str, set[str]]] = field(default_factory=list)
    _membership: list[tuple[str, str, bool]] = field(default_factory=list)
    _gone: dict[str, int] = field(default_factory=dict)

    # What administrators of the tenant do.

    def put(self, number: int, **properties: Any) -> str:
        """Add a user, or change some properties, and return the object id."""
        id_ = object_id(number)
        if id_ not in self.users:
            self.users[id_] = {
                "id": id_, "accountEnabled": True, "displayName": f"Ansatt {number}", "userType": "Member",
                "userPrincipalName": f"ansatt{number}@nes.example", "mail": f"ansatt{number}@nes.example",
                "department": "Helse", "assignedLicenses": [{"skuId": object_id(1)}], "givenName": "Kari",
            }  # fmt: skip
            self._history.append((id_, {*self.users[id_]}))
        self.users[id_].update(properties)
        self._history.append((id_, {*properties}))
        return id_

    def delete(self, number: int, reason: str = "changed") -> None:
        """Delete a user: ``changed`` can be restored, ``deleted`` cannot."""
        id_ = object_id(number)
        user = self.users.pop(id_, None) or self.deleted[id_][0]
        self.deleted[id_] = (user, reason)
        self._history.append((id_, set()))
        for group_id in self.members:
            self.leave(group_id, id_)

    def restore(self, number: int) -> None:
        id_ = object_id(number)
        self.users[id_] = self.deleted.pop(id_)[0]
        self._history.append((id_, {"displayName"}))

    def group(self, number: int, name: str, members: Iterable[str] = ()) -> str:
        """Add a group, and return its object id."""
        id_ = object_id(number)
        self.groups[id_] = name
        for each in members:
            self.join(id_, each)
        return id_

    def join(self, group_id: str, member_id: str, kind: str = "user") -> None:
        self.members[group_id][member_id] = kind
        self._membership.append((group_id, member_id, True))

    def leave(self, group_id: str, member_id: str) -> None:
        if self.members[group_id].pop(member_id, None):
            self._membership.append((group_id, member_id, False))

    def delete_group(self, group_id: str) -> None:
        self.groups.pop(group_id)
        self._membership.append((group_id, "", False))
        self._gone[group_id] = len(self._membership)

    def count(self, *parts: str) -> int:
        """Return how many requests had all of ``parts`` in their path."""
        return sum(all(part in path for part in parts) for _, path in self.asked)

    # What Graph answers.

    async def handle(self, request: web.Request) -> web.Response:
        self.asked.append((request.method, request.path_qs))
        if self.faults and (answer := self.faults[0](request)) is not None:
            self.faults.pop(0)
            return answer
        if request.path.endswith("/oauth2/v2.0/token"):
            return await self._token(request)
        if request.headers.get("Authorization", "").removeprefix("Bearer ") not in self.tokens:
            return error(401, "InvalidAuthenticationToken")
        match request.path.removeprefix("/v1.0/").split("/"):
            case ["users", "delta"]:
                return self._users_delta(request)
            case ["groups", "delta"]:
                return self._groups_delta(request)
            case ["users", id_, "getMemberGroups"] if request.method == "POST":
                every = not (await request.json())["securityEnabledOnly"]
                return web.json_response({"value": self._groups_of(id_) if every else []})
            case ["users", id_] if id_ in self.users:
                return web.json_response(self._shown(id_, request.query["$select"].split(",")))
            case ["users", _]:
                return error(404, "Request_ResourceNotFound")
            case ["groups"]:
                return web.json_response({"value": self._named(request.query["$filter"])})
            case [application] if application == f"applications(appId='{CLIENT}')" and self.can_read_applications:
                return web.json_response({"passwordCredentials": self.credentials})
            case [_]:
                return error(403, "Authorization_RequestDenied")
        return error(400, "BadRequest")

    def _named(self, condition: str) -> list[dict[str, str]]:
        """Return the groups that a filter by id, name or beginning of the name finds."""
        beginnings = tuple(re.findall(r"startswith\(displayName,'([^']+)'\)", condition))
        return [
            {"id": id_, "displayName": name}
            for id_, name in self.groups.items()
            if (beginnings and name.lower().startswith(beginnings))
            or condition in {f"id eq '{id_}'", "displayName eq '" + name.replace("'", "''") + "'"}
        ]

    async def _token(self, request: web.Request) -> web.Response:
        form = {key: str(value) for key, value in (await request.post()).items()}
        self.forms.append(form)
        if form.get("client_id") != CLIENT or f"/{TENANT}/" not in request.path:
            return self._refused(700016, "unauthorized_client")
        if self.certificate:
            if not self._is_signed(form.get("client_assertion", ""), str(request.url)):
                return self._refused(700027, "invalid_client")
        elif form.get("client_secret") != SECRET:
            return self._refused(7000215, "invalid_client")
        token = f"token-{len(self.tokens)}"
        self.tokens.add(token)
        return web.json_response({"token_type": "Bearer", "expires_in": self.token_seconds, "access_token": token})

    def _is_signed(self, assertion: str, address: str) -> bool:
        certificate = x509.load_pem_x509_certificate(self.certificate)
        try:
            key: Any = certificate.public_key()
            # Tests hold the clock that signs.
            options: Any = {"verify_exp": False, "verify_nbf": False}
            claims = jwt.decode(assertion, key, algorithms=["PS256"], audience=address, options=options)
        except jwt.PyJWTError:
            return False
        return claims["iss"] == claims["sub"] == CLIENT and "x5t#S256" in jwt.get_unverified_header(assertion)

    def _refused(self, code: int, kind: str) -> web.Response:
        text = f"AADSTS{code}: The provided client secret keys for app are wrong. Trace ID: {object_id(0)}"
        body = {"error": kind, "error_description": text, "error_codes": [code], "trace_id": object_id(0)}
        return web.json_response(body, status=401)

    def _shown(self, id_: str, names: Iterable[str]) -> dict[str, Any]:
        # A property that was never set is not there.
        return {name: self.users[id_][name] for name in names if name in self.users[id_]}

    def _users_delta(self, request: web.Request) -> web.Response:
        state = _state(request)
        if state is None:
            names, since = request.query["$select"].split(","), -1
            ids, last, start = [*self.users], len(self._history), 0
        else:
            names, since, start = state["select"], state["since"], state.get("start", 0)
            last = state.get("last", len(self._history))
            ids = [*self.users] if since < 0 else [*dict.fromkeys(id_ for id_, _ in self._history[since:last])]
        page = [self._item(id_, names, since) for id_ in ids[start : start + self.page]]
        state = {"select": names, "since": since, "last": last, "start": start + self.page}
        more = start + self.page < len(ids)
        return self._answer("users", page, state, more=more)

    def _item(self, id_: str, names: Iterable[str], since: int) -> dict[str, Any]:
        if id_ not in self.users:
            return {"id": id_, "@removed": {"reason": self.deleted[id_][1]}}
        if since >= 0 and self.sparse:
            changed = set().union(*(names for each, names in self._history[since:] if each == id_))
            names = [name for name in names if name == "id" or name in changed]
        return self._shown(id_, names)

    def _groups_delta(self, request: web.Request) -> web.Response:
        state = _state(request)
        if state is None:
            wanted = _ID.findall(request.query["$filter"])
            if len(wanted) > 50 or "members" not in request.query["$select"]:
                return error(400, "Request_UnsupportedQuery")
            state = {"ids": wanted, "since": -1}
        last = state.get("last", len(self._membership))
        rows: list[tuple[str, dict[str, Any]]] = []
        for id_ in state["ids"]:
            if id_ not in self.groups:
                if self._gone.get(id_, 0) > state["since"]:
                    rows.append((id_, {"id": id_, "@removed": {"reason": "changed"}}))
                continue
            found = self._members_since(id_, state["since"], last)
            for start in range(0, len(found) or (state["since"] < 0), self.page):
                row = {"id": id_, "displayName": self.groups[id_]}
                if found:
                    row["members@delta"] = found[start : start + self.page]
                rows.append((id_, row))
        start = state.get("start", 0)
        more = start + 1 < len(rows)
        after = {"ids": state["ids"], "since": state["since"], "last": last, "start": start + 1}
        return self._answer("groups", [row for _, row in rows[start : start + 1]], after, more=more)

    def _members_since(self, id_: str, since: int, last: int) -> list[dict[str, Any]]:
        if since < 0:
            return [{"@odata.type": f"#microsoft.graph.{kind}", "id": each} for each, kind in self.members[id_].items()]
        found: dict[str, bool] = {
            each: joined for group_id, each, joined in self._membership[since:last] if group_id == id_ and each
        }
        return [
            {"@odata.type": f"#microsoft.graph.{self.members[id_].get(each, 'user')}", "id": each}
            | ({} if joined else {"@removed": {"reason": "deleted"}})
            for each, joined in found.items()
        ]

    def _groups_of(self, id_: str) -> list[str]:
        """Return the groups of a member, also by another group."""
        found: list[str] = []
        todo = [id_]
        while todo:
            inner = todo.pop()
            outer = [each for each in self.groups if inner in self.members[each] and each not in found]
            found += outer
            todo += outer
        return found

    def _answer(self, path: str, page: list[Any], state: Mapping[str, Any], *, more: bool) -> web.Response:
        body: dict[str, Any] = {"@odata.context": f"{self.origin}/v1.0/$metadata#{path}", "value": page}
        if more:
            body["@odata.nextLink"] = f"{self.origin}/v1.0/{path}/delta?$skiptoken={_hex(state)}"
        else:
            kept = {key: value for key, value in state.items() if key in {"select", "ids"}}
            body["@odata.deltaLink"] = (
                f"{self.origin}/v1.0/{path}/delta?$deltatoken={_hex({**kept, 'since': state['last']})}"
            )
        return web.json_response(body)


def _hex(state: Mapping[str, Any]) -> str:
    return json.dumps(state).encode().hex()


def _state(request: web.Request) -> dict[str, Any] | None:
    token = request.query.get("$skiptoken") or request.query.get("$deltatoken")
    return json.loads(bytes.fromhex(token)) if token else None


@asynccontextmanager
async def served_graph(graph: FakeGraph) -> AsyncIterator[FakeGraph]:
    """Serve the stand-in on 127.0.0.1; ``origin`` is its address."""
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", graph.handle)
    async with TestServer(app, host="127.0.0.1") as server:
        graph.origin = f"http://127.0.0.1:{server.port}"
        yield graph
