using TorchSharp;

namespace SupSup.Peers;

/// <summary>Result = Left · Right.</summary>
/// <param name="Left">[rows, inner].</param>
/// <param name="Right">[inner, columns].</param>
/// <param name="Result">[rows, columns], written in place.</param>
public sealed record DenseProduct(torch.Tensor Left, torch.Tensor Right, torch.Tensor Result);
