namespace SupSup.Grains.Interfaces.Models;

/// <summary>How the evidence of a task's mask is spread over the task's own data, in nats, over examples that were held back where the
/// recipe holds some back, else over training data: its deviation from the usual evidence, by which
/// probabilities are made (<see cref="Prediction.Probability"/>), and the values below which 0, 1, 2, 5, 10, 25, 50 and 100 percent of them
/// lie, by which inputs are told that are of no task (<see cref="Prediction.Typicality"/>); NaN where they are not known.</summary>
/// <param name="Deviation">Root mean square of the distance to the usual evidence.</param>
/// <param name="Least">The least.</param>
/// <param name="Percent1">Above 1 % of the data.</param>
/// <param name="Percent2">Above 2 %.</param>
/// <param name="Percent5">Above 5 %.</param>
/// <param name="Percent10">Above 10 %.</param>
/// <param name="Percent25">Above 25 %.</param>
/// <param name="Median">Above half of them.</param>
/// <param name="Greatest">The greatest.</param>
[GenerateSerializer, Immutable, Alias("supsup.evidence-spread")]
public readonly record struct EvidenceSpread(
    [property: Id(0)] float Deviation, [property: Id(1)] float Least, [property: Id(2)] float Percent1, [property: Id(3)] float Percent2,
    [property: Id(4)] float Percent5, [property: Id(5)] float Percent10, [property: Id(6)] float Percent25, [property: Id(7)] float Median,
    [property: Id(8)] float Greatest)
{
    /// <summary>A spread of which the deviation alone is known, as of few examples.</summary>
    /// <param name="deviation">The standard deviation.</param>
    public static EvidenceSpread Of(float deviation) => new(
        deviation, float.NaN, float.NaN, float.NaN, float.NaN, float.NaN, float.NaN, float.NaN, float.NaN);
}
