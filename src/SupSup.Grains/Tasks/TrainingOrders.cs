using SupSup.Core.Training;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Tasks;

/// <summary>Reads training orders.</summary>
internal static class TrainingOrders
{
    /// <summary>The recipe that an order asks for, checked.</summary>
    /// <exception cref="SupSupException">InvalidRequest: the recipe is unknown, a value is out of range, or it needs data that are all
    /// there.</exception>
    public static Recipe Recipe(this TrainingOrder order) => SupSupException.Checked(() =>
    {
        Recipe named = Recipes.Get(order.Recipe);
        if (order.Data is null && named.ChoosesExamples)
            throw new ArgumentException(
                $"recipe '{named.Name}' chooses among a task's examples, which submitted batches do not show; use another, such as 'fast'");
        if (order.Data is null && named.VariesImages)
            throw new ArgumentException(
                $"recipe '{named.Name}' augments a task's images, which submitted batches do not have; use another, such as 'fast'");
        return (named with { Batches = order.Batches ?? named.Batches, BatchSize = order.BatchSize ?? named.BatchSize }).Validated();
    });
}
