using System.Collections.Concurrent;
using Lodger.Engine.Jobs;
using Microsoft.Extensions.Logging;

namespace Lodger.Acceptance.Tests.Stage;

/// <summary>Keeps warnings and defects, so that a failed test can show them.</summary>
internal sealed class KeptLog : ILogger<JobBoard>
{
    private readonly ConcurrentQueue<string> lines = [];

    public IEnumerable<string> Lines => lines;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
            lines.Enqueue($"{logLevel}: {formatter(state, exception)} {exception}");
    }
}
