using System.Collections.Immutable;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Board;

/// <summary>The trainings of a model, for whoever looks on.</summary>
/// <param name="time">The clock.</param>
[GrainType("training-board")]
public sealed class TrainingBoardGrain(TimeProvider time) : Grain, ITrainingBoardGrain
{
    private readonly TrainingBoard _board = new(time);

    /// <inheritdoc/>
    public Task ReportAsync(TrainingReport report)
    {
        _board.Take(report);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<ImmutableArray<TrainingReport>> ListAsync(CancellationToken cancellationToken) => Task.FromResult(_board.List());
}
