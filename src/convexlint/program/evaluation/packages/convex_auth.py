"""@convex-dev/auth (convex-facts 2.4), as of 0.0.95."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convexlint.facts import ir
from convexlint.program.evaluation.package import Package, PackageTable
from convexlint.program.evaluation.values import (
    NULL,
    External,
    ExternalResult,
    Frame,
    IdOf,
    PromiseOf,
    Value,
    one_of,
)
from convexlint.program.validators import (
    FieldValidator,
    IdValidator,
    ObjectValidator,
    ScalarValidator,
    Validator,
)

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator
    from convexlint.program.model import Module


def _user(
    ev: Evaluator, module: Module, node: ir.Call | ir.New, target: External, frame: Frame | None
) -> Value:
    return PromiseOf(one_of([IdOf("users"), NULL]))


def _session(
    ev: Evaluator, module: Module, node: ir.Call | ir.New, target: External, frame: Frame | None
) -> Value:
    return PromiseOf(one_of([IdOf("authSessions"), NULL]))


def _of_auth(
    ev: Evaluator, module: Module, node: ir.Call | ir.New, target: ExternalResult, frame: Frame | None
) -> Value | None:
    """`auth.getUserId(ctx)` and `auth.getSessionId(ctx)` of `const { auth } = convexAuth(...)`."""
    if target.path == ("auth", "getUserId"):
        return PromiseOf(one_of([IdOf("users"), NULL]))
    return (
        PromiseOf(one_of([IdOf("authSessions"), NULL])) if target.path == ("auth", "getSessionId") else None
    )


def _object(**fields: Validator | tuple[Validator]) -> ObjectValidator:
    """Fields by name; a one-tuple marks an optional one."""
    made = {}
    for name, field in fields.items():
        optional = isinstance(field, tuple)
        made[name] = FieldValidator(field[0] if isinstance(field, tuple) else field, optional)
    return ObjectValidator(made, True)


_STRING = ScalarValidator("string")
_NUMBER = ScalarValidator("number")
_BOOLEAN = ScalarValidator("boolean")
_USERS = IdValidator("users")

_TABLES = {
    "users": PackageTable(
        _object(
            name=(_STRING,),
            image=(_STRING,),
            email=(_STRING,),
            emailVerificationTime=(_NUMBER,),
            phone=(_STRING,),
            phoneVerificationTime=(_NUMBER,),
            isAnonymous=(_BOOLEAN,),
        ),
        {"email": ("email",), "phone": ("phone",)},
    ),
    "authSessions": PackageTable(_object(userId=_USERS, expirationTime=_NUMBER), {"userId": ("userId",)}),
    "authAccounts": PackageTable(
        _object(
            userId=_USERS,
            provider=_STRING,
            providerAccountId=_STRING,
            secret=(_STRING,),
            emailVerified=(_STRING,),
            phoneVerified=(_STRING,),
        ),
        {
            "userIdAndProvider": ("userId", "provider"),
            "providerAndAccountId": ("provider", "providerAccountId"),
        },
    ),
    "authRefreshTokens": PackageTable(
        _object(
            sessionId=IdValidator("authSessions"),
            expirationTime=_NUMBER,
            firstUsedTime=(_NUMBER,),
            parentRefreshTokenId=(IdValidator("authRefreshTokens"),),
        ),
        {
            "sessionId": ("sessionId",),
            "sessionIdAndParentRefreshTokenId": ("sessionId", "parentRefreshTokenId"),
        },
    ),
    "authVerificationCodes": PackageTable(
        _object(
            accountId=IdValidator("authAccounts"),
            provider=_STRING,
            code=_STRING,
            expirationTime=_NUMBER,
            verifier=(_STRING,),
            emailVerified=(_STRING,),
            phoneVerified=(_STRING,),
        ),
        {"accountId": ("accountId",), "code": ("code",)},
    ),
    "authVerifiers": PackageTable(
        _object(sessionId=(IdValidator("authSessions"),), signature=(_STRING,)),
        {"signature": ("signature",)},
    ),
    "authRateLimits": PackageTable(
        _object(identifier=_STRING, lastAttemptTime=_NUMBER, attemptsLeft=_NUMBER),
        {"identifier": ("identifier",)},
    ),
}

PACKAGE = Package(
    ("@convex-dev/auth",),
    calls={"getAuthUserId": _user, "getUserId": _user, "getAuthSessionId": _session},
    methods={"convexAuth": _of_auth},
    makes={
        "convexAuth.signIn": ("action", "public"),
        "convexAuth.signOut": ("action", "public"),
        "convexAuth.store": ("mutation", "internal"),
        "convexAuth.isAuthenticated": ("query", "public"),
    },
    identity=frozenset({"getAuthUserId", "getAuthSessionId"}),
    tables={"authTables": _TABLES},
)
