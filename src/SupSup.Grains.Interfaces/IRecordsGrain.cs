using System.Collections.Immutable;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Interfaces;

/// <summary>Reads what is stored of a model, for its coordinator; the key is the model's name.</summary>
[GrainInterfaceType("supsup.records"), Alias("supsup.records")]
public interface IRecordsGrain : IGrainWithStringKey
{
    /// <summary>Reads every record of the model anew, whatever grains have in memory.</summary>
    /// <param name="acknowledged">Entries of the directory that are known to be stored; null where the model cannot be opened.</param>
    /// <param name="reported">Tasks whose masks are known not to be readable: they are not told again.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>One entry for each kind of record.</returns>
    /// <exception cref="SupSupException">Unavailable: the store does not answer.</exception>
    [Alias("check")]
    Task<ImmutableArray<RecordHealth>> CheckAsync(int? acknowledged, int[] reported, CancellationToken cancellationToken);
}
