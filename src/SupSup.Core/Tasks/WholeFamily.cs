using SupSup.Core.Datasets;

namespace SupSup.Core.Tasks;

/// <summary>The data as they are: one task with every class and every example. The seed plays no part.</summary>
public sealed class WholeFamily : ITaskFamily
{
    /// <inheritdoc/>
    public string Name => "whole";

    /// <inheritdoc/>
    public int? Tasks(Dataset dataset) => 1;

    /// <inheritdoc/>
    public ClassificationTask Make(Dataset dataset, ulong seed, int index)
    {
        this.CheckHas(dataset, index);
        return new(dataset, [.. Enumerable.Range(0, dataset.Shape.Length)]);
    }
}
