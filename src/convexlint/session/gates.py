"""What may stand over a component of a client and wait for the sign-in: gates of Convex, Clerk, WorkOS, Auth0, Better
Auth and of the client's own, read as text, also in files that do not speak of Convex.

It errs on the side of a gate: whoever asks claims something only where there surely is none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from convexlint.facts.lowered import Worded, any_word

_MARKS = (
    "<Authenticated <Unauthenticated <AuthLoading <AuthBoundary <SignedIn <SignedOut <Protect <Show <RedirectToSignIn"
    " isSignedIn isLoggedIn getServerSession getSession getAuth auth.protect"
)
_TESTS = ("Auth", "Guard", "Gate", "Protected", "Private", "SignedIn", "LoggedIn", "RequireUser")
_WHO = ("Auth", "User", "Session", "SignedIn", "LoggedIn", "Login", "Viewer")
_STRICT = re.compile(rb"\b(?:with|require)(?:\w*Auth\w*|Protected\w*|User|Session|Login)\s*\(")
_GATE = Worded(
    (
        *any_word(*_MARKS.split()).parts,
        *((word.encode(), re.compile(rb"<(?!\w*Provider)\w*%s\w*[\s/>]" % word.encode())) for word in _TESTS),
        *((word.encode(), re.compile(rb"use(?<!\wuse)\w*%s\w*\s*\(" % word.encode())) for word in _WHO),
        *((word, _STRICT) for word in (b"Auth", b"Protected", b"User", b"Session", b"Login")),
        (b"Middleware", re.compile(rb"\b(?:clerk|auth\w*|convexAuthNextjs)Middleware\b")),
        (b"auth()", re.compile(rb"auth\(\)(?<!\wauth\(\))")),
        (b"isAuthenticated", re.compile(rb"isAuthenticated(?<!\wisAuthenticated)")),
        (b"currentUser(", re.compile(rb"currentUser\((?<!\wcurrentUser\()")),
    )
)
"""A test of the sign-in, or what looks like one."""
_SHOWS_OTHERS = Worded(
    (
        *any_word("children", "Component", "<slot", "render", "element").parts,
        (b"lazy(", re.compile(rb"lazy\((?<!\wlazy\()")),
    )
)
"""Where what it stands over is given to it by who uses it."""
_SHOWN = re.compile(rb"<(?:Slot|Stack|Tabs|Switch|Route)\b")
_ROUTERS = (b"react-router", b"expo-router", b"wouter", b"react-navigation")
_ROUTES = Worded(
    (
        *any_word("<Outlet", "RouterProvider", "<Routes", "createRoot", "hydrateRoot").parts,
        *any_word("registerRootComponent", "NavigationContainer").parts,
        (b"Router", re.compile(rb"create(?<!\wcreate)\w*Router\b")),
        (b"outer", re.compile(rb"<[Rr]outer-?[Vv]iew\b")),
        *((name, re.compile(re.escape(name) + rb"[^;]*;(?s:.*)" + _SHOWN.pattern)) for name in _ROUTERS),
    )
)
"""Where any page of the client may be shown."""
_EVERYTHING = re.compile(
    r"(?:\A|/)(?:middleware|proxy|_app|__root|root|hooks\.server)\.[cm]?[jt]sx?\Z|(?:\A|/)(?:src/)?app/_?layout\.[jt]sx?\Z"
)
_LAYOUT = re.compile(r"(?:\A|/)_?layout\.[jt]sx?\Z")
_PATHLESS = re.compile(r"/_\w+\.[jt]sx?\Z")
_PUBLIC = re.compile(rb"\b[iI]sPublic|\bpublic[A-Z]\w*|\bPUBLIC_(?:ROUTE|PATH|PAGE)|signIn\w*Page")
_ROUTE = re.compile(rb"[\"'`](/[\w/-]+)(?:\(\.\*\))?[\"'`]")
_HOOK = re.compile(rb"\bexport\s+(?:default\s+)?(?:async\s+)?(?:function|const)\s+use[A-Z]")
_SPECIFIER = re.compile(rb"\b(?:from|import|require\()\s*\(?\s*[\"']([^\"'\n]+)[\"']")
_MOST = 4_000


def is_gate(source: bytes) -> bool:
    """Whether a source tests the sign-in, or may."""
    return _GATE.search(source) is not None


def _guarded(path: str, source: bytes) -> list[str]:
    """The folders of pages that a middleware of Next lists as protected; none where it lists those that are not."""
    folder, _, name = path.rpartition("/")
    if not name.startswith(("middleware.", "proxy.")) or b"createRouteMatcher" not in source:
        return []
    if _PUBLIC.search(source) is not None:
        return []
    routes = [match[1].decode("utf-8", "replace") for match in _ROUTE.finditer(source)]
    tops = (f"{folder}/app", f"{folder}/src/app")  # the middleware lies beside `app`, or beside `src`
    return [f"{top}{route}" for top in tops for route in routes]


class Gates:
    """The gates among the scripts of one package."""

    def __init__(
        self,
        files: Iterable[str],
        read: Callable[[str], bytes],
        leads_to: Callable[[str, str], str | None],
    ) -> None:
        """`files`: all scripts of the package. `leads_to`: the file that an import leads to."""
        self._files = list(files)
        self._read = read
        self._leads_to = leads_to
        self._everything = len(self._files) > _MOST
        self._covered: set[str] = set()
        self._folders: list[str] = []
        gates = set() if self._everything else {path for path in self._files if is_gate(read(path))}
        if gates:
            self._spread(gates)

    def over(self, path: str) -> bool:
        """Whether a gate stands, or may stand, over what a file shows."""
        return self._everything or path in self._covered or path.startswith(tuple(self._folders))

    def _spread(self, gates: set[str]) -> None:
        imports = {path: self._imports(path) for path in self._files}
        importers: dict[str, list[str]] = {}
        for path, targets in imports.items():
            for target in targets:
                importers.setdefault(target, []).append(path)
        # Who uses a gate that others stand in, or a hook that asks, is a gate as well.
        pending = sorted(gates)
        while pending:
            path = pending.pop()
            source = self._read(path)
            guarded = _guarded(path, source)
            if guarded:
                self._folders += guarded
                continue
            if _EVERYTHING.search(path) is not None or _ROUTES.search(source) is not None:
                self._everything = True
                return
            folder, _, name = path.rpartition("/")
            if _LAYOUT.search(path) is not None:
                self._folders.append(f"{folder}/")
            elif _PATHLESS.search(path) is not None:  # a route whose children lie in a folder of its name
                stem = name.partition(".")[0]
                self._folders += [f"{folder}/{stem}/", f"{folder}/{stem}."]
            if _SHOWS_OTHERS.search(source) is not None or _HOOK.search(source) is not None:
                fresh = [one for one in importers.get(path, ()) if one not in gates]
                gates.update(fresh)
                pending += fresh
        below = sorted(gates.union(p for p in self._files if p.startswith(tuple(self._folders))))
        self._covered = set(below)
        while below:
            for target in imports.get(below.pop(), ()):
                if target not in self._covered:
                    self._covered.add(target)
                    below.append(target)

    def _imports(self, path: str) -> tuple[str, ...]:
        texts = dict.fromkeys(match[1] for match in _SPECIFIER.finditer(self._read(path)))
        found = (self._leads_to(path, text.decode("utf-8", "replace")) for text in texts)
        return tuple(one for one in found if one is not None)
