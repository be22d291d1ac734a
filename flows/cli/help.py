"""What `reelwright --help` shows: every command in a section, with its whole first sentence."""

from __future__ import annotations

from typing import Any

import typer.core

SECTIONS = {
    "Films": ("make", "check", "plan", "preview", "presets"),
    "Words": ("write", "approve"),
    "The editor's loop": ("storyboard", "redo", "pick", "pin", "unpin"),
    "Many films": ("batch", "inbox", "serve", "resume", "worker"),
    "The house": ("doctor", "models", "limits", "costs", "store"),
}
"""Where each command is looked for; those that are not named here come last."""


class Commands(typer.core.TyperGroup):
    """The commands by section."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Writes the sections; a sentence too long for its line is wrapped, not cut."""
        known = self.list_commands(ctx)
        named = [name for names in SECTIONS.values() for name in names]
        sections = {**SECTIONS, "More": tuple(name for name in known if name not in named)}
        for title, names in sections.items():
            found = [(n, self.get_command(ctx, n)) for n in names if n in known]
            if rows := [(n, c.get_short_help_str(400)) for n, c in found if c and not c.hidden]:
                with formatter.section(title):
                    formatter.write_dl(rows)
