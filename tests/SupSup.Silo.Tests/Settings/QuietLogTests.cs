using Microsoft.Extensions.Logging;

namespace SupSup.Silo.Tests.Settings;

public sealed class QuietLogTests
{
    [Fact]
    public void Given_quiet_categories_when_the_silo_is_ready_then_their_warnings_are_logged_and_before_that_nothing()
    {
        bool isReady = false;
        using ILoggerFactory loggers = LoggerFactory.Create(logging =>
        {
            logging.AddProvider(new Anything());
            SiloProgram.Quiet(logging, ["Orleans.Runtime.Silo"], () => isReady);
        });
        ILogger part = loggers.CreateLogger("Orleans.Runtime.SiloLifecycleSubject");
        ILogger other = loggers.CreateLogger("Orleans.Runtime.Catalog");
        LogLevel[] levels = [LogLevel.Information, LogLevel.Warning, LogLevel.Error];
        Assert.All(levels, level => Assert.False(part.IsEnabled(level)));
        Assert.All(levels, level => Assert.True(other.IsEnabled(level)));
        isReady = true;
        Assert.Equal([false, true, true], levels.Select(part.IsEnabled));
    }

    private sealed class Anything : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
        }

        public void Dispose()
        {
        }
    }
}
