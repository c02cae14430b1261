using SupSup.Core.Training;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Tasks;

/// <summary>Reads training orders.</summary>
internal static class TrainingOrders
{
    /// <summary>The recipe that an order asks for, checked.</summary>
    /// <exception cref="SupSupException">InvalidRequest: the recipe is unknown or a value is out of range.</exception>
    public static Recipe Recipe(this TrainingOrder order) => SupSupException.Checked(() =>
    {
        Recipe named = Recipes.Get(order.Recipe);
        return (named with { Batches = order.Batches ?? named.Batches, BatchSize = order.BatchSize ?? named.BatchSize }).Validated();
    });
}
