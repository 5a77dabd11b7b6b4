"""HTTP requests to every route, well framed: odd methods, paths, queries, headers and bodies."""

import json
import re
from typing import Final

from tests.fuzz.mutate import MARK, TEXTS, Mutator
from tests.fuzz.rig import HOST, Rig
from tests.fuzz.surface import Case, Seen

DEMO: Final = "127.0.0.1"
JSON, FORM, PNG = "application/json", "application/x-www-form-urlencoded", "image/png"
PARTS = "multipart/form-data; boundary=part"


def _parts(verb: str, file: str, body: bytes) -> bytes:
    """Return a form with one file in it."""
    texts = {"form": "form-00000000000000000000000000000004", "verb": verb, "act": "try"}
    head = "".join(
        f'--part\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in texts.items()
    )
    named = f'--part\r\nContent-Disposition: form-data; name="{file}"; filename="a"\r\n\r\n'
    return (head + named).encode() + body + b"\r\n--part--\r\n"


REQUESTS: Final[tuple[tuple[str, str, str, bytes], ...]] = (
    ("GET", "/", "", b""),
    ("GET", "/healthz", "", b""),
    ("GET", "/readyz", "", b""),
    ("GET", "/metrics", "", b""),
    ("GET", "/chat", "", b""),
    ("GET", "/chat?as=p020", "", b""),
    ("GET", "/chat/static/chat.js", "", b""),
    ("GET", "/chat/static/../chat.py", "", b""),
    ("GET", "/chat/people?q=helse&role=ambassador", "", b""),
    ("GET", "/chat/enter?token=eyJhIjoxfQ.c2lnbmF0dXJl", "", b""),
    ("POST", "/chat/enter", FORM, b"token=eyJhIjoxfQ.c2lnbmF0dXJl"),
    ("POST", "/chat/session", JSON, b'{"as": "p020"}'),
    ("POST", "/chat/guest", JSON, b"{}"),
    ("POST", "/chat/leave", JSON, b"{}"),
    ("POST", "/chat/images", PNG, b"\x89PNG\r\n\x1a\n"),
    ("GET", "/chat/images/image-00000000000000000000000000000000?mark=x", "", b""),
    ("DELETE", "/chat/images/image-00000000000000000000000000000000", "", b""),
    ("GET", "/chat/reports/announcement-1.csv?at=2026&mark=x", "", b""),
    ("GET", "/chat/reports/announcement-1.svg?mark=x", "", b""),
    ("GET", "/chat/calendar/class-1.ics?mark=x", "", b""),
    ("POST", "/chat/data", JSON, b'{"person": "p001"}'),
    ("GET", "/chat/socket", "", b""),
    ("POST", "/api/messages", JSON, b'{"type": "message"}'),
    ("GET", "/desk/programs?q=lese+pdf&list=pupils&show=due&page=2", "", b""),
    ("POST", "/desk/programs", FORM, b"form=form-0&verb=profile.language"),
    ("GET", "/desk/learning/avoid-phishing", "", b""),
    ("POST", "/desk/learning/avoid-phishing", FORM, b"form=form-0&verb=profile.language"),
    ("GET", "/desk/programs/+new", "", b""),
    ("POST", "/desk/programs/+new", FORM, b"form=form-0&verb=software.save_program&name=Inkscape&purpose_nb=Tegne"),
    ("GET", "/desk/programs/+import", "", b""),
    ("POST", "/desk/programs/+import", FORM, b"form=form-0&verb=software.import&act=try&text=name%3Bstatus%0AA%3Bok"),
    ("POST", "/desk/programs/+import", PARTS, _parts("software.import", "file", b"name;status\nInkscape;approved\n")),
    ("GET", "/desk/programs/+export", "", b""),
    ("POST", "/desk/programs/+export", FORM, b"form=form-0&verb=profile.language"),
    ("POST", "/desk/applications", FORM, b"form=form-0&verb=profile.language"),
    ("GET", "/desk/programs/zoom", "", b""),
    (
        "POST",
        "/desk/programs/zoom",
        FORM,
        b"form=form-0&verb=software.assess&status=approved&review_by=2030-01-01",
    ),
    ("GET", "/desk/applications?show=decided&page=2", "", b""),
    ("GET", "/desk/applications/app-1", "", b""),
    ("POST", "/desk/applications/app-1", FORM, b"form=form-0&verb=software.decide&verdict=declined&word=Nei&seen=1"),
    ("GET", "/desk/articles?q=passord&show=review&page=2", "", b""),
    ("POST", "/desk/articles", FORM, b"form=form-00000000000000000000000000000002&verb=article.start&title=Ny"),
    ("GET", "/desk/articles/+import", "", b""),
    ("POST", "/desk/articles/+import", FORM, b"form=form-0&verb=article.import&act=try&text=%7B"),
    ("POST", "/desk/articles/+import", PARTS, _parts("article.import", "file", b"Question\tAnswer\nHvor?\tHer.\n")),
    ("POST", "/desk/articles/+import", PARTS, _parts("article.import", "file", b"---\ntitle: *a\n---\nHer.\n")),
    ("GET", "/desk/articles/+export?format=zip", "", b""),
    ("POST", "/desk/articles/+export", FORM, b"form=form-0&verb=profile.language"),
    ("POST", "/desk/announcements/announcement-1", PARTS, _parts("announce.preview", "image_file", b"GIF89a")),
    ("GET", "/desk/articles/password-change@nes?revision=x&mine=y", "", b""),
    ("POST", "/desk/articles/password-change", FORM, b"form=form-0&verb=article.save&act=preview&title_nb=Hei"),
    ("POST", "/desk/articles/password-change/preview", FORM, b"form=form-0&verb=article.save&answer_nb=Hei"),
    ("GET", "/desk/articles/password-change/preview", "", b""),
    ("POST", "/desk/articles/password-change/unsaved", FORM, b"form=form-0&verb=article.save&answer_nb=Hei"),
    ("GET", "/desk/articles/password-change/unsaved", "", b""),
    ("GET", "/desk/articles/password-change/live", "", b""),
    ("POST", "/desk/articles/password-change/live", FORM, b"form=form-0&verb=article.save"),
    ("GET", "/desk/articles/password-change/history?page=2", "", b""),
    ("POST", "/desk/articles/password-change/history", FORM, b"form=form-0&verb=article.roll_back&revision_id=x"),
    ("POST", "/desk/overview", FORM, b"form=form-0&verb=profile.language"),
    ("POST", "/desk/announcements/calendar", FORM, b"form=form-0&verb=profile.language"),
    ("POST", "/desk/announcements/announcement-1", FORM, b"form=form-0&verb=profile.language"),
    ("GET", "/desk/announcements/announcement-1/preview", "", b""),
    ("POST", "/desk/announcements/announcement-1/image", FORM, b"form=form-0&verb=profile.language"),
    ("POST", "/desk/announcements/announcement-1/report.csv", FORM, b"form=form-0&verb=profile.language"),
    ("POST", "/desk/privacy/inventory", FORM, b"form=form-0&verb=profile.language"),
    ("POST", "/desk/privacy/record", FORM, b"form=form-0&verb=profile.language"),
    ("POST", "/desk/privacy/audit", FORM, b"form=form-0&verb=profile.language"),
    ("POST", "/desk/operation", FORM, b"form=form-0&verb=profile.language"),
    ("GET", "/privacy", "", b""),
    ("GET", "/privacy?lang=nn&municipality=eidsvoll", "", b""),
    ("GET", "/desk", "", b""),
    ("GET", "/desk?as=p050&page=2", "", b""),
    ("POST", "/desk", FORM, b"form=form-00000000000000000000000000000000&verb=profile.language&language=nn"),
    ("POST", "/desk/leave", FORM, b""),
    ("GET", "/desk/learning?as=p050&municipality=%00", "", b""),
    ("POST", "/desk/learning", FORM, b"form=form-0&verb=profile.language"),
    ("GET", "/desk/overview?as=p050&first=2026-13-99&municipality=%00&format=csv", "", b""),
    ("GET", "/desk/announcements?state=sent&words=teams&page=2", "", b""),
    ("POST", "/desk/announcements", FORM, b"form=form-00000000000000000000000000000001&verb=announce.new"),
    ("GET", "/desk/announcements/calendar?month=2026-11", "", b""),
    ("GET", "/desk/announcements/announcement-1", "", b""),
    ("POST", "/desk/announcements/announcement-1/preview", FORM, b"form=form-0&verb=announce.preview&title_nb=Hei"),
    ("GET", "/desk/announcements/announcement-1/send", "", b""),
    ("POST", "/desk/announcements/announcement-1/send", FORM, b"form=form-0&verb=announce.schedule&day=2026-13-99"),
    ("GET", "/desk/announcements/announcement-1/image", "", b""),
    ("GET", "/desk/announcements/announcement-1/report.csv", "", b""),
    ("GET", "/desk/privacy?page=2", "", b""),
    ("POST", "/desk/privacy", FORM, b"form=form-00000000000000000000000000000002&verb=officer.person&person=p001"),
    ("GET", "/desk/privacy/requests", "", b""),
    ("POST", "/desk/privacy/requests", FORM, b"form=form-00000000000000000000000000000003&verb=officer.export"),
    ("GET", "/desk/privacy/inventory?words=navn", "", b""),
    ("GET", "/desk/privacy/record", "", b""),
    ("GET", "/desk/privacy/record.html", "", b""),
    ("POST", "/desk/privacy/record.html", FORM, b"form=form-0&verb=profile.language"),
    ("GET", "/desk/privacy/audit?search=x&page=2", "", b""),
    ("POST", "/desk/privacy/audit", FORM, b"form=form-0&verb=desk.search&first=2026-13-99&act=announce&person=p001"),
    ("GET", "/desk/operation?fresh=no", "", b""),
    ("GET", "/desk/unanswered?page=2", "", b""),
    (
        "POST",
        "/desk/unanswered",
        FORM,
        b"form=form-0&verb=unanswered.reopen&decision_id=x",
    ),
    ("GET", "/desk/unanswered/q-1", "", b""),
    (
        "POST",
        "/desk/unanswered/q-1",
        FORM,
        b"form=form-0&verb=unanswered.article&title=%00",
    ),
    ("GET", "/desk/unanswered/suggestions/gap-1", "", b""),
    ("POST", "/desk/unanswered/suggestions/gap-1", FORM, b"form=form-0&verb=article.publish_suggestion&title=%00"),
    ("GET", "/desk/rehearsal", "", b""),
    ("POST", "/desk/rehearsal", FORM, b"form=form-0&verb=rehearsal.forget&test_id=x"),
    ("GET", "/desk/rehearsal/mfa-setup@nes", "", b""),
    ("POST", "/desk/rehearsal/mfa-setup", FORM, b"form=form-0&verb=rehearsal.start"),
    ("GET", "/desk/nothing", "", b""),
    ("GET", "/desk/classes?q=teams&page=2", "", b""),
    ("POST", "/desk/classes", FORM, b"form=form-0&verb=classroom.sign_up&session_id=class-1"),
    ("GET", "/desk/classes/class-1.ics", "", b""),
    ("POST", "/desk/classes/class-1.ics", FORM, b"form=form-0&verb=profile.language"),
    ("GET", "/desk/teaching?show=past&page=1", "", b""),
    ("POST", "/desk/teaching", FORM, b"form=form-0&verb=profile.language"),
    ("GET", "/desk/teaching/+new", "", b""),
    ("POST", "/desk/teaching/+new", FORM, b"form=form-0&verb=classroom.create&day=2026-13-01&seats=%C2%B2"),
    ("GET", "/desk/teaching/class-1", "", b""),
    ("POST", "/desk/teaching/class-1", FORM, b"form=form-0&verb=classroom.attendance&came=1,x"),
    ("GET", "/desk/teaching/class-1/list", "", b""),
    ("POST", "/desk/teaching/class-1/list", FORM, b"form=form-0&verb=profile.language"),
    ("GET", "/desk/people?search=AAAA&page=1", "", b""),
    ("POST", "/desk/people", FORM, b"form=form-00000000000000000000000000000004&verb=desk.search&q=helse&role=contact"),
    (
        "POST",
        "/desk/people",
        FORM,
        b"form=form-00000000000000000000000000000000&verb=ambassador.approve&person_id=p001",
    ),
    ("POST", "/desk/questions", FORM, b"form=form-00000000000000000000000000000000&verb=handoff.remind&handoff_id=x"),
    ("GET", "/desk/people/p053", "", b""),
    ("POST", "/desk/people/p053", FORM, b"form=form-00000000000000000000000000000000&verb=ambassador.save&capacity=3"),
    (
        "POST",
        "/desk/people/p053",
        FORM,
        b"form=form-00000000000000000000000000000000&verb=ambassador.substitute"
        b"&first_day=2026-12-01&last_day=2026-12-02&substitute_id=p054",
    ),
    ("GET", "/desk/coverage?kind=absent", "", b""),
    ("POST", "/desk/coverage", FORM, b"form=form-00000000000000000000000000000000&verb=profile.language&language=nn"),
    ("GET", "/desk/questions?overdue=yes", "", b""),
    ("POST", "/desk/questions", FORM, b"form=form-00000000000000000000000000000000&verb=profile.language&language=nb"),
    ("GET", "/desk/questions/handoff-1?search=%ff", "", b""),
    ("POST", "/desk/questions/handoff-1", FORM, b"form=form-00000000000000000000000000000000&verb=handoff.pass&step=1"),
    ("GET", "/desk/search?search=", "", b""),
    ("POST", "/desk/search", FORM, b"form=form-00000000000000000000000000000000&verb=desk.search&q=kari"),
    ("GET", "/desk/directory?search=", "", b""),
    ("POST", "/desk/directory", FORM, b"form=form-00000000000000000000000000000000&verb=profile.language&language=en"),
    ("GET", "/desk/timeline?municipality=nes&show=open&format=png&page=2", "", b""),
    ("POST", "/desk/timeline", FORM, b"form=form-0&verb=profile.language"),
    ("GET", "/desk/timeline/+new", "", b""),
    ("POST", "/desk/timeline/+new", FORM, b"form=form-0&verb=timeline.save&what_nb=Hei&start=2027-13&units=x,y"),
    ("GET", "/desk/timeline/utsatt", "", b""),
    ("POST", "/desk/timeline/utsatt", FORM, b"form=form-0&verb=timeline.move&start=%00&number=9"),
    ("GET", "/timeline/nes.ics?lang=nn", "", b""),
    ("GET", "/timeline/nes.svg", "", b""),
    ("GET", "/timeline/nes.png?lang=xx", "", b""),
    ("GET", "/signin", "", b""),
    ("POST", "/signin/guest", FORM, b""),
    ("POST", "/signin/choose", FORM, b"email=kari@nes.example"),
    ("GET", "/signin/nes", "", b""),
    ("GET", "/signin/nes/callback?state=x&code=y&iss=z", "", b""),
    ("GET", "/signin/sessions", "", b""),
    ("POST", "/signin/sessions", FORM, b"session=others"),
    ("GET", "/chat/alerts", "", b""),
    ("POST", "/chat/alerts", FORM, b"off=1"),
    ("GET", "/signin/again", "", b""),
    ("POST", "/signin/nes/backchannel", FORM, b"logout_token=a.b.c"),
    ("GET", "/signin/nes/frontchannel?iss=x&sid=y", "", b""),
    ("GET", "/scim/v2/Users", "", b""),
)
METHODS: Final = ("GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "FOO", "get")
HEADERS: Final = (
    "Accept-Language: nb;q=0.9, nn;q=nan, en;q=inf, \xff;q=1e999",
    "Accept-Encoding: gzip, br;q=\u00b2",
    "Authorization: Bearer a.b.c",
    f"Cookie: heia-chat={MARK}.x; __Host-heia-chat=y; =; ;;",
    "Cookie: heia-chat=eyJwZXJzb24iOiJwMDIwIn0.x",
    "If-None-Match: *",
    "Range: bytes=9-1",
    "X-Forwarded-For: 203.0.113.7, unknown, [::1]:99999, \xe6",
    "Forwarded: for=_x;proto=https",
    "X-Forwarded-Proto: gopher",
    "X-Request-ID: " + "a" * 500,
    "traceparent: 00-0-0-0",
    f"User-Agent: {MARK}",
    "Referer: http://[",
    "Sec-Fetch-Site: cross-site",
    "Content-Encoding: gzip",
    "Content-Encoding: identity, deflate",
    "Date: 0",
)
_UNFRAMED: Final = re.compile(r"[\r\n]")


class Requests:
    """Head and body of a request whose length is right. The first piece says which application it goes to."""

    name = "requests"
    share = 12
    together = 1

    def make(self, mutator: Mutator, rig: Rig) -> Case:
        """Return a proper request with some of its parts changed."""
        random = mutator.random
        method, path, kind, body = random.choice(REQUESTS)
        which, host, origin = random.choice((("demo", DEMO, f"http://{DEMO}"), ("real", HOST, f"https://{HOST}")))
        headers = random.sample(HEADERS, random.choice((0, 1, 1, 2, 4)))
        match random.randrange(8):
            case 0:
                method = random.choice(METHODS)
            case 1:
                path = mutator.text(path)
            case 2:
                path += random.choice(("/", "?", "?a=b&a=c", "#x", "%", "%00", "?" + "a" * 3000, ";x=y", "//"))
            case 3:
                body = mutator.json(mutator.value(json.loads(body))) if kind == JSON else mutator.bytes(body)
            case 4:
                kind = random.choice(("", "text/plain", JSON + "; charset=martian", "multipart/form-data", "/", FORM))
            case 5:
                host, origin = (random.choice((text, random.choice(TEXTS), "[", "")) for text in (host, origin))
            case 6:
                headers = [mutator.text(each) if random.random() < 0.5 else each for each in headers]
        source = ".".join(str(random.randrange(256)) for _ in range(4))
        lines = [
            f"Host: {host}",
            f"Origin: {origin}",
            f"X-Forwarded-For: {source}",
            *headers,
            *([f"Content-Type: {kind}"] if kind else []),
        ]
        if random.random() < 0.2:
            lines = mutator.lines(lines, mutator.text)
        first = f"{method} {path} HTTP/1.1"
        head = [_UNFRAMED.sub(" ", line)[:7000] for line in (first, *lines)]
        head = [
            line for line in head if not re.match(r"(?i)\s*(content-length|transfer-enc|upgrade|expect|conn)", line)
        ]
        if body:
            head.append(f"Content-Length: {len(body)}")
        return which.encode(), "\r\n".join(head).encode("utf-8", "surrogatepass") + b"\r\n\r\n", body

    async def play(self, rig: Rig, case: Case) -> Seen:
        """Send it and return the answer."""
        which, head, body = case
        app = rig.real if which == b"real" else rig.demo
        answer = await app.wire.ask(head + body, head_only=head[:5].upper() == b"HEAD ")
        return Seen.of(answer, echoes=answer.status < 400)
