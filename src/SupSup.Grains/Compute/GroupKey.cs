using SupSup.Core.Datasets;
using SupSup.Core.Training;
using SupSup.Grains.Models;

namespace SupSup.Grains.Compute;

/// <summary>What trainings must share to be one group.</summary>
/// <param name="Network">Hash of the network's definition.</param>
/// <param name="Rule">Name of the mask rule.</param>
/// <param name="Recipe">The recipe.</param>
/// <param name="Dataset">The dataset, by reference.</param>
/// <param name="Position">Batches trained before.</param>
internal readonly record struct GroupKey(UInt128 Network, string Rule, Recipe Recipe, Dataset Dataset, int Position)
{
    public static GroupKey Of(ModelNetwork network, Recipe recipe, TrainingJob job) =>
        new(network.Network.Hash, network.Rule.Name, recipe, job.Data.Dataset, job.Position);
}
