using System.Collections.Immutable;
using Orleans.Concurrency;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Interfaces;

/// <summary>
/// The trainings of a model that are under way, and those that ended recently, keyed by the model's name. In memory only, for whoever
/// looks on: task grains report what changed about once a second, and a report that is lost is made up for by the next.
/// </summary>
[GrainInterfaceType("supsup.training-board"), Alias("supsup.training-board")]
public interface ITrainingBoardGrain : IGrainWithStringKey
{
    /// <summary>Takes a report. Called by task grains.</summary>
    /// <param name="report">How a training goes.</param>
    [Alias("report"), OneWay]
    Task ReportAsync(TrainingReport report);

    /// <summary>The trainings by task index: those under way that were heard of within the last minute, and
    /// the latest 200 of those that ended within the last five.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    [Alias("list")]
    Task<ImmutableArray<TrainingReport>> ListAsync(CancellationToken cancellationToken);
}
