"""What takes a function of the backend in a client: hooks, fetchers and methods of clients, by package and name
(docs/convex.md 11)."""

from __future__ import annotations

from convexlint.structs import Struct


class Taker(Struct, frozen=True):
    """`useQuery(reference, args)`.

    `kind`: of the functions that it takes. `at`, `args`: the positions of the reference and of the function's
    arguments; `args` None = they are not told by a position. `later`: it gives a function, which is called with the
    arguments. `paginated`: it adds the pagination options. `more`: it adds other arguments. `reactive`: it runs
    while a component renders and gives undefined as long as it loads. `anew`: when its arguments are computed again:
    "render" (it is called in every render), "change" (a function that gives them is called whenever something changes).
    `waits`: what of the result is undefined while it loads: () the result itself, ("data",) a field of it; None where
    nothing is, or where that is not known.
    """

    kind: str
    at: int = 0
    args: int | None = 1
    later: bool = False
    paginated: bool = False
    more: bool = False
    reactive: bool = False
    anew: str = ""
    waits: tuple[str, ...] | None = None

    @property
    def sends_id(self) -> bool:
        """Whether its pagination options have an `id`, as those of React's hooks have (docs/convex.md 4.4)."""
        return self.paginated and self.anew == "render"


_QUERY = Taker("query")
_WATCH = Taker("query", reactive=True, anew="render", waits=())
_STATUS = Taker("query", reactive=True, anew="render", waits=("data",))
_PAGES = Taker("query", paginated=True, reactive=True, anew="render")
_SVELTE = Taker("query", reactive=True, anew="change", waits=("data",))
_VUE = Taker("query", reactive=True, waits=("data", "value"))
_VUE_PAGES = Taker("query", paginated=True, reactive=True)
_OPTIONS = Taker("query", anew="render")
_MUTATION = Taker("mutation", args=None, later=True)
_ACTION = Taker("action", args=None, later=True)

_HOOKS: dict[str, dict[str, Taker]] = {
    "convex/react": {
        "useQuery": _WATCH,
        "usePaginatedQuery": _PAGES,
        "usePaginatedQuery_experimental": _PAGES,
        "useMutation": _MUTATION,
        "useAction": _ACTION,
        "optimisticallyUpdateValueInPaginatedQuery": Taker("query", at=1, args=None),
    },
    "convex/nextjs": {
        "preloadQuery": _QUERY,
        "fetchQuery": _QUERY,
        "fetchMutation": Taker("mutation"),
        "fetchAction": Taker("action"),
    },
    "convex-svelte": {
        "useQuery": _SVELTE,
        "usePaginatedQuery": Taker("query", paginated=True, reactive=True, anew="change"),
    },
    "convex-vue": {
        "useConvexQuery": _VUE,
        "useConvexPaginatedQuery": _VUE_PAGES,
        "useConvexMutation": _MUTATION,
        "useConvexAction": _ACTION,
    },
    "@convex-dev/react-query": {
        "convexQuery": _OPTIONS,
        "convexAction": Taker("action"),
        "useConvexQuery": _WATCH,
        "useConvexPaginatedQuery": _PAGES,
        "useConvexMutation": _MUTATION,
        "useConvexAction": _ACTION,
    },
    "@convex-dev/agent/react": {
        "useThreadMessages": Taker("query", paginated=True, more=True, reactive=True, anew="render"),
        "useUIMessages": Taker("query", paginated=True, more=True, reactive=True, anew="render"),
    },
    "convex-helpers/react": {
        "useQuery": _WATCH,
        "useQueryWithStatus": _STATUS,
        "usePaginatedQuery": _PAGES,
        "useStableQuery": _WATCH,
        "useStablePaginatedQuery": _PAGES,
    },
    "convex-helpers/react/sessions": {
        "useSessionQuery": Taker("query", more=True, reactive=True, anew="render", waits=()),
        "useSessionPaginatedQuery": Taker("query", paginated=True, more=True, reactive=True, anew="render"),
        "useSessionMutation": Taker("mutation", args=None, later=True, more=True),
        "useSessionAction": Taker("action", args=None, later=True, more=True),
    },
}
_SAME = {
    "convex-nuxt": "convex-vue",
    "better-convex-nuxt": "convex-vue",
    "@convex-vue/core": "convex-vue",
    "convex-helpers/react/cache": "convex-helpers/react",
    "convex-helpers/react/cache/hooks": "convex-helpers/react",
    "@convex-dev/better-auth/nextjs": "convex/nextjs",
}
MADE_HOOKS = {"makeUseQueryWithStatus": _STATUS}
"""What functions of convex-helpers make, by their names."""

AUTO_IMPORTED = dict(_HOOKS["convex-vue"])
"""What Nuxt puts into every module without an import."""

METHODS: dict[str, Taker] = {
    "query": _QUERY,
    "mutation": Taker("mutation"),
    "action": Taker("action"),
    "onUpdate": _QUERY,
    "watchQuery": _QUERY,
    "consistentQuery": _QUERY,
    "runQuery": _QUERY,
    "runMutation": Taker("mutation"),
    "runAction": Taker("action"),
    "getQuery": _QUERY,
    "setQuery": _QUERY,
    "getAllQueries": Taker("query", args=None),
}
"""Methods of clients (ConvexHttpClient, ConvexReactClient, ConvexClient, convex-test, the store of optimistic
updates)."""

CALLED_LATER = frozenset({"mutate", "mutateAsync", "execute", "executeAsync"})
"""What is called of that which wraps a mutation (TanStack, convex-vue)."""


def taker(package: str, name: str) -> Taker | None:
    """What an export of a package takes; None where it takes no function of the backend, or none that is known."""
    return _HOOKS.get(_SAME.get(package, package), {}).get(name)
