"""What `npx convex codegen` writes into `_generated/`, in the form that needs no deployment (1.48)."""

from __future__ import annotations

import re
from collections.abc import Iterable

_SERVER = """\
import {
  actionGeneric, httpActionGeneric, internalActionGeneric, internalMutationGeneric, internalQueryGeneric,
  mutationGeneric, queryGeneric,
} from "convex/server";
import type {
  ActionBuilder, GenericActionCtx, GenericDatabaseReader, GenericDatabaseWriter, GenericMutationCtx,
  GenericQueryCtx, HttpActionBuilder, MutationBuilder, QueryBuilder,
} from "convex/server";
import type { DataModel } from "./dataModel.js";

export const query: QueryBuilder<DataModel, "public"> = queryGeneric;
export const internalQuery: QueryBuilder<DataModel, "internal"> = internalQueryGeneric;
export const mutation: MutationBuilder<DataModel, "public"> = mutationGeneric;
export const internalMutation: MutationBuilder<DataModel, "internal"> = internalMutationGeneric;
export const action: ActionBuilder<DataModel, "public"> = actionGeneric;
export const internalAction: ActionBuilder<DataModel, "internal"> = internalActionGeneric;
export const httpAction: HttpActionBuilder = httpActionGeneric;
export type QueryCtx = GenericQueryCtx<DataModel>;
export type MutationCtx = GenericMutationCtx<DataModel>;
export type ActionCtx = GenericActionCtx<DataModel>;
export type DatabaseReader = GenericDatabaseReader<DataModel>;
export type DatabaseWriter = GenericDatabaseWriter<DataModel>;
"""

_UNTYPED_ENV = """\
export const env: Record<string, string | undefined> = process.env;
"""

_TYPED_ENV = """\
import type { EnvFromAppDefinition } from "convex/server";
import type app from "../convex.config.js";
type Env = { CONVEX_CLOUD_URL: string; CONVEX_SITE_URL: string } & EnvFromAppDefinition<typeof app>;
export const env = process.env as unknown as Env;
"""

_DATA_MODEL = """\
import type {
  DataModelFromSchemaDefinition, DocumentByName, SystemTableNames, TableNamesInDataModel,
} from "convex/server";
import type { GenericId } from "convex/values";
import schema from "../schema.js";

export type TableNames = TableNamesInDataModel<DataModel>;
export type Doc<TableName extends TableNames> = DocumentByName<DataModel, TableName>;
export type Id<TableName extends TableNames | SystemTableNames> = GenericId<TableName>;
export type DataModel = DataModelFromSchemaDefinition<typeof schema>;
"""

_NO_SCHEMA = """\
import type { AnyDataModel } from "convex/server";
import type { GenericId } from "convex/values";

export type TableNames = string;
export type Doc = any;
export type Id<TableName extends TableNames = TableNames> = GenericId<TableName>;
export type DataModel = AnyDataModel;
"""

_API = """\
import type {{ AnyComponents, ApiFromModules, FilterApi, FunctionReference }} from "convex/server";
import {{ anyApi, componentsGeneric }} from "convex/server";
{imports}
const fullApi: ApiFromModules<{{
{entries}}}> = anyApi as any;
export const api: FilterApi<typeof fullApi, FunctionReference<any, "public">> = anyApi as any;
export const internal: FilterApi<typeof fullApi, FunctionReference<any, "internal">> = anyApi as any;
export const components: AnyComponents = componentsGeneric();
"""

_MODULE = re.compile(r"(?P<stem>[^.]+)\.([cm]?[jt]s|[jt]sx)")


def generate(names: Iterable[str]) -> dict[str, str]:
    """The files of `_generated/` (name -> text) for a functions folder that holds the files `names`."""
    present = sorted(names)
    stems = [match["stem"] for name in present if (match := _MODULE.fullmatch(name))]
    entries = [stem for stem in stems if stem.rpartition("/")[2] != "schema"]
    has_schema = "schema" in stems
    has_config = any(name.startswith("convex.config.") for name in present)
    imports = [f'import type * as m{at} from "../{stem}.js";\n' for at, stem in enumerate(entries)]
    keys = [f'  "{stem}": typeof m{at},\n' for at, stem in enumerate(entries)]
    return {
        "server.ts": _SERVER + (_TYPED_ENV if has_config else _UNTYPED_ENV),
        "dataModel.ts": _DATA_MODEL if has_schema else _NO_SCHEMA,
        "api.ts": _API.format(imports="".join(imports), entries="".join(keys)),
    }
