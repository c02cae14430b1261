using System.Reflection;
using SupSup.Client.Tests.Streaming;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Client.Tests.Watching;

public sealed class TrainingWatchTests
{
    [Theory]
    [InlineData(null)]
    [InlineData(1)]
    public async Task Given_a_lost_order_when_it_is_watched_then_it_is_sent_again(int? replaces)
    {
        ITaskGrain task = DispatchProxy.Create<ITaskGrain, RestartedTask>();
        ((RestartedTask)task).Before = replaces;
        Retrier retrier = new(new RetryOptions { FirstDelay = TimeSpan.FromMilliseconds(1) });
        List<TrainingState> seen = [];
        await foreach (TrainingProgress progress in new TrainingWatch(task, "train", retrier).RunAsync(
            new TrainingOrder { Data = null, Replaces = replaces }, TestContext.Current.CancellationToken))
            seen.Add(progress.State);
        Assert.Equal([TrainingState.Queued, TrainingState.Queued, TrainingState.Training, TrainingState.Trained], seen);
    }

    /// <summary>A task whose silo ends after it took its first order.</summary>
    public class RestartedTask : DispatchProxy
    {
        private int _orders;

        /// <summary>The version that the task has before the order; null for none.</summary>
        public int? Before { get; set; }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => targetMethod!.Name switch
        {
            nameof(ITaskGrain.TrainAsync) => Ordered(),
            nameof(ITaskGrain.WatchAsync) => Watch().ToAsyncEnumerable(),
            _ => throw new NotSupportedException(),
        };

        private Task<TrainingProgress> Ordered()
        {
            _orders++;
            return Task.FromResult(At(TrainingState.Queued));
        }

        private TrainingProgress[] Watch() =>
            _orders > 1 ? [At(TrainingState.Training), At(TrainingState.Trained)]
            : Before is { } version ? [At(TrainingState.Trained) with { Summary = UnreliableTask.Summary with { Version = version } }]
            : [At(TrainingState.Untrained)];

        private static TrainingProgress At(TrainingState state) => new() { Task = 0, State = state };
    }
}
