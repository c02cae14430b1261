using System.Collections.Immutable;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Models;
using SupSup.Grains.Storage;

namespace SupSup.Grains.Records;

/// <summary>Checks the records of a model. What changes while it is looked at may look wrong: only what is found twice is told.</summary>
[GrainType("records"), CollectionAgeLimit(Minutes = 2)]
public sealed class RecordsGrain(IGrainContext context, GrainRecords records, NetworkCatalog networks, TimeProvider time)
    : Grain, IRecordsGrain
{
    /// <inheritdoc/>
    public async Task<ImmutableArray<RecordHealth>> CheckAsync(int? acknowledged, int[] reported, CancellationToken cancellationToken)
    {
        ImmutableArray<RecordHealth> first = await RunAsync();
        if (first.All(kind => kind.Failures.IsEmpty)) return first;
        HashSet<string> before = [.. first.SelectMany(kind => kind.Failures).Select(failure => failure.Record)];
        return [.. (await RunAsync()).Select(kind => kind with
        {
            Failures = [.. kind.Failures.Where(failure => before.Contains(failure.Record))],
        })];

        async Task<ImmutableArray<RecordHealth>> RunAsync()
        {
            string model = GrainKeys.CheckModel(context.GrainId.Key.ToString()!);
            ImmutableArray<TrainingReport> board = await GrainFactory.GetGrain<ITrainingBoardGrain>(model).ListAsync(cancellationToken);
            RecordCheck check = new(records, networks, model, time)
            {
                Acknowledged = acknowledged,
                Reported = [.. reported],
                InTraining = [.. board.Select(report => report.Progress.Task)],
            };
            return await check.RunAsync(cancellationToken);
        }
    }
}
