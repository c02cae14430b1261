using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace SupSup.Experiments.Evaluation;

/// <summary>How the mask of a task was recovered from reservoirs.</summary>
/// <param name="Task">Task index.</param>
/// <param name="Distances">After every step, how many gains differ from those of the mask that was stored for the task.</param>
public sealed record MaskRecovery(int Task, ImmutableArray<int> Distances)
{
    /// <summary>Steps after which the mask was the task's own, and stayed it; null where it was not in the end.</summary>
    [JsonIgnore]
    public int? Steps =>
        Distances[^1] != 0 ? null : Distances.Select((distance, step) => distance == 0 ? 0 : step + 1).Max() + 1;
}
