using SupSup.Core.Devices;
using SupSup.Core.Naming;

namespace SupSup.Experiments.Methods;

/// <summary>The rivals by name.</summary>
public static class Rivals
{
    private static readonly Dictionary<string, Func<string, RivalSettings, Rival>> ByName = new(StringComparer.Ordinal)
    {
        ["batche"] = static (name, settings) => new BatchEnsemble(name, settings),
        ["batche-random"] = static (name, settings) => new BatchEnsemble(name, settings, randomWeights: true),
        ["ewc"] = static (name, settings) => new ElasticWeights(name, settings),
        ["psp"] = static (name, settings) => new SharedNetwork(name, settings, rotated: true),
        ["own-weights"] = static (name, settings) => new OwnWeights(name, settings),
        ["trained-on"] = static (name, settings) => new SharedNetwork(name, settings, kept: true),
        ["one-network"] = static (name, settings) => new SharedNetwork(name, settings),
        ["separate-heads"] = static (name, settings) => new SeparateHeads(name, settings, randomTrunk: false),
        ["separate-heads-random"] = static (name, settings) => new SeparateHeads(name, settings, randomTrunk: true),
    };

    /// <summary>The name of every rival of this build.</summary>
    public static IReadOnlyCollection<string> Names => ByName.Keys;

    /// <summary>Checks a name.</summary>
    /// <param name="name">The name.</param>
    /// <exception cref="ArgumentException">No rival has it.</exception>
    public static string Get(string name) =>
        ByName.ContainsKey(name) ? name : throw Named.Unknown("rival", name, Names);

    /// <summary>Builds a rival.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="settings">Network, seed, training.</param>
    /// <exception cref="ArgumentException">No rival has the name, or a setting is out of range.</exception>
    /// <exception cref="NoTorchException">This is a build without libtorch.</exception>
    internal static Rival Create(string name, RivalSettings settings)
    {
        TorchBackend.Get();
        return ByName[Get(name)](name, settings);
    }
}
