using System.Reflection;

namespace SupSup.Core.Devices;

/// <summary>
/// Loads the assembly SupSup.Torch on first need. Nothing here refers to it, so that a program runs without it, and libtorch's
/// 100 MB of memory and half a second of start are spent only where something is trained with it.
/// </summary>
public static class TorchBackend
{
    /// <summary>What a build with -p:Torch=false says when it is asked for what needs libtorch.</summary>
    public const string Missing = "this build has no libtorch: build without -p:Torch=false (docs/native-libraries.md)";

    private static readonly Lazy<ITorchBackend?> Loaded = new(Load);

    /// <summary>The backend, or null in a build without libtorch.</summary>
    public static ITorchBackend? Find() => Loaded.Value;

    /// <summary>The backend.</summary>
    /// <exception cref="NoTorchException">This is a build without libtorch.</exception>
    public static ITorchBackend Get() => Find() ?? throw new NoTorchException();

    /// <summary>The backend as what makes something.</summary>
    /// <typeparam name="TMaker">One of the interfaces that it has beside <see cref="ITorchBackend"/>.</typeparam>
    /// <exception cref="NoTorchException">This is a build without libtorch.</exception>
    public static TMaker Get<TMaker>()
        where TMaker : class => (TMaker)Get();

    private static ITorchBackend? Load()
    {
        Assembly assembly;
        try
        {
            assembly = Assembly.Load("SupSup.Torch");
        }
        catch (FileNotFoundException)
        {
            return null;
        }

        // A program that refers to the assembly has it also where its libtorch was left out.
        bool without = assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Any(pair => pair is { Key: "libtorch", Value: "none" });
        return without
            ? null
            : (ITorchBackend)Activator.CreateInstance(assembly.GetType("SupSup.Torch.LibtorchBackend", throwOnError: true)!)!;
    }
}
