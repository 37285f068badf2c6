# The tools come from the activated environment when it has them, else from .venv, else from the PATH.
BIN := $(dir $(firstword $(wildcard $(addsuffix /bin/lint-imports,$(VIRTUAL_ENV) $(CURDIR)/.venv))))
JOBS ?= 2

.DEFAULT_GOAL := check
.PHONY: check style types layers test quick fix new-rule card look queries update-expected catalogue conventions bench nasty vscode native agreement release-check site

check: style types layers test  ## everything that CI runs

style:
	$(BIN)ruff format --check .
	$(BIN)ruff check .

types:
	$(BIN)mypy --strict

layers:
	$(BIN)lint-imports

test:
	$(BIN)python -m pytest -n $(JOBS) --dist loadgroup

quick:  ## the tests without those that install something
	$(BIN)python -m pytest -n $(JOBS) --dist loadgroup -m "not slow"

fix:  ## format, and apply what ruff can mend
	$(BIN)ruff format .
	$(BIN)ruff check --fix .

new-rule:  ## make new-rule NAME=no-something CATEGORY=queries
	$(BIN)python -m tools.new_rule "$(NAME)" "$(CATEGORY)"

card:  ## make card NAME=no-something: run one card's tests; with UPDATE=1 draw its marks from today's findings
ifdef UPDATE
	$(BIN)python -m tools.card "$(NAME)"
else
	$(BIN)python -m pytest -n 0 -q tests/cards tests/typescript -k "$(NAME)"
endif

look:  ## make look FILE=path/to/convex/x.ts: what the program knows of a module, place by place
	@$(BIN)python -m tools.look "$(FILE)"

queries:  ## which query of the program answers what: markdown on stdout
	@$(BIN)python -m tools.queries

update-expected:  ## rewrite the expected findings of fixtures/; read the diff before you commit it
	$(BIN)python -m tools.expected

catalogue:  ## the rules, then the conventions of the houses, as one page of markdown on stdout
	@$(BIN)python -m convexlint rule --all --output-format markdown
	@$(BIN)python -m tools.conventions

conventions:  ## what the house styles ask for, by which rule, tested where: markdown on stdout
	@$(BIN)python -m tools.conventions

bench:  ## make bench PROJECT=path/to/a/project BENCH="--runs 5 --scale" (needs npm, or BENCH=--alone)
	$(BIN)python -m benchmarks.bench "$(or $(PROJECT),fixtures)" $(BENCH)

nasty:  ## look for an hour for small programs that keep convexlint busy
	NASTY_EXAMPLES=$(or $(EXAMPLES),20000) $(BIN)python -m pytest -q -n $(JOBS) tests/bounded/test_generated.py

vscode:  ## our extension in a real VS Code (Node 20, 22 or 24, a C++ compiler, Chromium; downloads 40 MB once)
	CONVEXLINT_VSCODE=$(or $(FOLDER),.vscode-server) $(BIN)python -m pytest -q -n 0 tests/server/test_real_vscode.py

native:  ## a wheel with compiled modules, in dist/ (needs a C compiler, and minutes)
	CONVEXLINT_NATIVE=1 $(BIN)python -m build --wheel

agreement:  ## make agreement PROJECTS="path/one path/two" (needs npm)
	$(BIN)python -m benchmarks.agreement $(PROJECTS)

release-check:  ## every artefact built, installed alone and tested; make release-check ONLY="sdist npm-pure"
	$(BIN)python -m tools.release_check $(addprefix --only=,$(ONLY))

site:  ## the documentation as a site, in build/site (needs the docs extra; fetches nothing)
	$(BIN)python -m tools.site build/site
