"""What may stand over a component and wait for the sign-in: then no query of it is told to be asked too early."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from convexlint.session import Overrides, Request, check
from tests.clients.test_scripts import laid_out

NOTES = """\
import { query } from "./_generated/server";
export const mine = query({ args: {}, handler: async (ctx) => {
  const identity = await ctx.auth.getUserIdentity();
  if (identity === null) throw new Error("no");
  return identity.subject;
} });
"""
MAIN = (
    'import { ConvexProviderWithClerk } from "convex/react-clerk";\nimport { useAuth } from "@clerk/clerk-react";\n'
    "export const Root = ({ page }) => <ConvexProviderWithClerk useAuth={useAuth}>{page}</ConvexProviderWithClerk>;\n"
)
PAGE = (
    'import { useQuery } from "convex/react";\nimport { api } from "@cvx/_generated/api";\n'
    "export default function Page() { return <p>{useQuery(api.notes.mine)}</p>; }\n"
)
BASE = {
    "package.json": '{"dependencies": {"convex": "1.31.0"}}',
    "tsconfig.json": '{"compilerOptions": {"paths": {"@/*": ["./*"], "@cvx/*": ["./convex/*"]}}}',
    "convex/notes.ts": NOTES,
    "lib/main.jsx": MAIN,
    "app/notes/page.jsx": PAGE,
}
SHOWN = 'import Page from "@/app/notes/page";\n'
GUARD = (
    'import { useUser } from "@clerk/nextjs";\n'
    "export const Shell = ({ children }) => (useUser().user ? children : null);\n"
)
LAYOUT = 'import { Shell } from "@/ui/shell";\nexport default ({ children }) => <Shell>{children}</Shell>;\n'
ROUTED = 'import { Routes } from "react-router";\n'

GATED: dict[str, Mapping[str, str]] = {
    "SignedIn of Clerk": {"app/home.jsx": f"{SHOWN}export const Home = () => <SignedIn><Page /></SignedIn>;\n"},
    "useUser in the component": {"app/notes/page.jsx": PAGE.replace("return", "const u = useUser(); return")},
    "a guard of the client's own": {
        "ui/shell.jsx": GUARD,
        "app/home.jsx": f'{SHOWN}import {{ Shell }} from "@/ui/shell";\n'
        f'export const H = () => <Shell><Page /></Shell>;\n',
    },
    "a guard by its name alone": {
        "app/home.jsx": f'{SHOWN}import {{ AuthGuard }} from "ui";\n'
        f'export const H = () => <AuthGuard><Page /></AuthGuard>;\n'
    },
    "a guard in the layout": {"ui/shell.jsx": GUARD, "app/notes/layout.jsx": LAYOUT},
    "a guard in the layout of all": {"app/layout.jsx": GUARD},
    "a hook of the client's own": {
        "lib/use-me.js": 'import { useSession } from "better-auth/react";\n'
        'export const useMe = () => useSession().data;\n',
        "app/home.jsx": f'{SHOWN}import {{ useMe }} from "@/lib/use-me";\n'
        f'export const H = () => (useMe() ? <Page /> : null);\n',
    },
    "Auth0": {"app/home.jsx": f"{SHOWN}export default withAuthenticationRequired(() => <Page />);\n"},
    "a table of routes": {"app/routes.jsx": f"{ROUTED}const a = useAuth();\nexport const R = () => <Routes />;\n"},
    "a middleware that protects all but some": {
        "middleware.ts": 'export default clerkMiddleware((a, r) => { if (!isPublicRoute(r)) a.protect(); });\n'
        'const isPublicRoute = createRouteMatcher(["/about"]);\n'
    },
    "a middleware that protects the page": {
        "middleware.ts": 'const isIn = createRouteMatcher(["/notes(.*)"]);\n'
        'export default clerkMiddleware(() => isIn);\n'
    },
    "a route of TanStack above": {
        "app/_in.jsx": 'export const Route = createFileRoute("/_in")({ beforeLoad: () => isAuthenticated() });\n',
        "app/_in/notes.jsx": PAGE,
        "app/notes/page.jsx": "",
    },
}  # fmt: skip
OPEN: dict[str, Mapping[str, str]] = {
    "nothing": {},
    "an avatar beside": {"ui/bar.jsx": "export const Bar = () => <p>{useUser().user.name}</p>;\n"},
    "a guard over another page": {
        "ui/shell.jsx": GUARD,
        "app/other/layout.jsx": LAYOUT,
        "app/other/page.jsx": "export default () => <p />;\n",
    },
    "a middleware that protects another page": {
        "middleware.ts": 'const isIn = createRouteMatcher(["/admin(.*)"]);\n'
        'export default clerkMiddleware(() => isIn);\n'
    },
    "a switch and tabs that are no routes": {
        "ui/bar.jsx": 'import { Tabs } from "@/ui/tabs";\n'
        'export const Bar = () => <Tabs>{useUser().user.name}</Tabs>;\n'
    },
    "another package": {
        "other/package.json": "{}",
        "other/middleware.ts": "export default clerkMiddleware();\n",
    },
}  # fmt: skip


def told(root: Path) -> list[str]:
    overrides = Overrides(select=("client-query-without-skip",))
    found = check(Request((str(root),), cache_dir=None, overrides=overrides)).diagnostics
    return [str(one.finding.function) for one in found]


@pytest.mark.parametrize("name", sorted(GATED))
def test_what_may_wait_is_left_alone(tmp_path: Path, name: str) -> None:
    assert told(laid_out(tmp_path, {**BASE, **GATED[name]})) == []


@pytest.mark.parametrize("name", sorted(OPEN))
def test_what_nothing_stands_over_is_told(tmp_path: Path, name: str) -> None:
    assert told(laid_out(tmp_path, {**BASE, **OPEN[name]})) == ["notes:mine"]
