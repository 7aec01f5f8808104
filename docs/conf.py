"""How Sphinx builds the documentation: ``make docs``. Sources are the pages of the whole tree, so that a link means the same here and in a checkout.

The theme is Furo (MIT): light and dark, readable on a phone, no code from elsewhere. MyST (MIT) reads Markdown, MyST-NB (BSD) the
notebooks as they were executed; nothing is executed here. What parts of the program themselves say (commands, limits, features) is
written by ``generate.py`` while a page is read.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
from generate import MARK, filled

from neurolsm import __version__

project = "neurolsm"
author = "The neurolsm authors"
copyright = "The neurolsm authors, Apache-2.0"
release = version = __version__
language = "en"

root_doc = "docs/index"
include_patterns = [
    "docs/**.md",
    "notebooks/*.ipynb",
    "models/neurolsm_models/**.md",
    "backends/*/README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "CODE_OF_CONDUCT.md",
    "SECURITY.md",
]
exclude_patterns = [".*", "out", "neurolsm", "tests", "benchmarks", "dist", "build", "**/tests", "**.egg-info"]

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "myst_nb",
    "sphinx_copybutton",
    "sphinx_design",
    "docstrings",
]
nb_execution_mode = "off"
nb_merge_streams = True
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
# Lines of a shell are code without a language.
highlight_language = "none"

autodoc_member_order = "bysource"
autodoc_typehints = "none"  # the docstrings have types, shapes, units and ranges
autodoc_class_signature = "mixed"
autodoc_preserve_defaults = True
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_rtype = False
napoleon_use_ivar = True
napoleon_custom_sections = [("Source", "returns_style"), ("Sources", "returns_style"), ("Attributes", "params_style")]
toc_object_entries_show_parents = "hide"
maximum_signature_line_length = 88
python_use_unqualified_type_names = True

nitpicky = True
# What is not ours, and types of ours that are no part of the interface.
nitpick_ignore_regex = [
    ("py:.*", r"(numpy|scipy|sklearn|matplotlib|collections|typing|pathlib|os|np|nir)\b.*"),
    ("py:.*", r"neurolsm\..*|RuleError"),
]

html_theme = "furo"
html_title = f"neurolsm {release}"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_show_sourcelink = False
html_copy_source = False
html_extra_path = ["root"]
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True
copybutton_exclude = ".linenos, .gp, .go"

linkcheck_timeout = 20
linkcheck_retries = 2
linkcheck_workers = 4


def setup(app: Any) -> None:
    app.connect("source-read", lambda app, name, source: source.__setitem__(0, filled(source[0])))
    # What the program says may have changed though the page has not.
    app.connect(
        "env-get-outdated",
        lambda app, env, *found: [n for n in env.found_docs if MARK.search(env.doc2path(n).read_text())],
    )
