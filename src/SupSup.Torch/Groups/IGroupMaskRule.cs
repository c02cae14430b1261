using SupSup.Core.Masks;

namespace SupSup.Torch.Groups;

/// <summary>An <see cref="IMaskRule"/> as TorchScript, for many tasks at once on any device.</summary>
internal interface IGroupMaskRule
{
    string Name { get; }

    /// <summary>
    /// The function effective(scores, weights): W ⊙ M(S) of one layer, a new tensor [tasks, out, in], from scores of that
    /// size and weights [out, in]. It changes none of its arguments.
    /// </summary>
    string Script { get; }
}
