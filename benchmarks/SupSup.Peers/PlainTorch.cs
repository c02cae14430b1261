using SupSup.Core.Devices;
using TorchSharp;

namespace SupSup.Peers;

/// <summary>What a peer on libtorch needs before its first tensor.</summary>
public static class PlainTorch
{
    /// <summary>Has libtorch use the calling thread only, as what it is compared with does.</summary>
    /// <exception cref="NoTorchException">This is a build without libtorch.</exception>
    public static void OnThisThread()
    {
        TorchBackend.Get();
        torch.set_num_threads(1);
    }
}
