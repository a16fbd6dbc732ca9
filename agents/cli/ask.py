"""Ask the agents on this laptop a question."""

from __future__ import annotations

from typing import Annotated

import typer

from agents.cli.laptop import only_local
from agents.cli.on_laptop import platform
from agents.cli.output import Format, Output, show

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command(help=__doc__, epilog='Example: qm ask "What is at its reorder point in WH01?" --as warehouse_manager')
def ask(
    ctx: typer.Context,
    question: Annotated[str, typer.Argument(help="The question, in plain words.")],
    persona: Annotated[str, typer.Option("--as", help="The persona you ask as.")],
    agent: Annotated[str | None, typer.Option(help="Ask this agent, without routing.")] = None,
    conversation: Annotated[str | None, typer.Option(help="Go on with this conversation.")] = None,
    environment: Annotated[str, typer.Option(help="Which environment's layer of the configuration.")] = "dev",
    stack: Annotated[str, typer.Option(help="Only `local`: elsewhere people sign in.")] = "local",
    output: Output = Format.TABLE,
) -> None:
    from agents.runtime.assistant import Question

    only_local(stack)
    laptop = platform(ctx, environment)
    caller = laptop.caller(persona)
    answer = laptop.assistant.ask(Question(text=question, agent=agent, conversation_id=conversation), caller)
    show(
        answer.as_json(),
        output,
        lambda: (
            f"{answer.answer}\n\n"
            f"{answer.agent} agent, configuration {answer.config_version[:19]}, model {answer.model}. "
            f'Go on: qm ask "..." --as {persona} --conversation {answer.conversation_id}'
        ),
    )
