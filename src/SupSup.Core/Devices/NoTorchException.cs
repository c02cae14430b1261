namespace SupSup.Core.Devices;

/// <summary>A build with -p:Torch=false was asked for what needs libtorch; one line that names the remedy.</summary>
public sealed class NoTorchException() : ArgumentException(TorchBackend.Missing);
