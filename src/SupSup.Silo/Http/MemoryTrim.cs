using Microsoft.Extensions.Hosting;

namespace SupSup.Silo.Http;

/// <summary>Gives memory back to the system once large requests are over: the garbage collector would keep it until there is much to
/// collect again.</summary>
/// <param name="budget">What requests hold.</param>
/// <param name="time">The clock.</param>
internal sealed class MemoryTrim(ByteBudget budget, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using PeriodicTimer timer = new(Interval, time);
        bool wasMuch = false;
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            bool isMuch = budget.TakePeak() > budget.Capacity / 8;
            if (wasMuch && !isMuch) GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            wasMuch = isMuch;
        }
    }
}
