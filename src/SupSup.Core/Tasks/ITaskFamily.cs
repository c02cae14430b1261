using SupSup.Core.Datasets;
using SupSup.Core.Naming;

namespace SupSup.Core.Tasks;

/// <summary>
/// Makes a sequence of tasks out of one dataset. A new family is a new file and an entry in <see cref="TaskFamilies"/>. Its name is the
/// text that it is found by, with its parameter.
/// </summary>
public interface ITaskFamily : INamed
{
    /// <summary>How many tasks it makes of a dataset; null if there is no end to them.</summary>
    /// <param name="dataset">The dataset.</param>
    /// <exception cref="ArgumentException">It makes none of such a dataset.</exception>
    int? Tasks(Dataset dataset);

    /// <summary>Makes one task; the same arguments give the same task everywhere.</summary>
    /// <param name="dataset">The dataset.</param>
    /// <param name="seed">Seed of the family; one that draws nothing at random makes the same tasks of every seed.</param>
    /// <param name="index">Which task, from 0 and below <see cref="Tasks"/>.</param>
    /// <exception cref="ArgumentException">The family has no such task.</exception>
    ClassificationTask Make(Dataset dataset, ulong seed, int index);
}
