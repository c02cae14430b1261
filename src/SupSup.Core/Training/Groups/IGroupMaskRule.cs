using SupSup.Core.Masks;
using static TorchSharp.torch;

namespace SupSup.Core.Training.Groups;

/// <summary>An <see cref="IMaskRule"/> in tensor operations, for many tasks at once on any device.</summary>
internal interface IGroupMaskRule
{
    /// <summary>Name of the rule that it is.</summary>
    string Name { get; }

    /// <summary>W ⊙ M(S) of one layer, a new tensor [tasks, out, in].</summary>
    /// <param name="scores">Scores S, [tasks, out, in].</param>
    /// <param name="weights">Fixed weights W, [out, in].</param>
    Tensor Apply(Tensor scores, Tensor weights);
}
