using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using SupSup.Core.Masks;
using SupSup.Core.Optimizers;
using static TorchSharp.torch;

namespace SupSup.Torch.Groups;

/// <summary>
/// Mask rule and optimiser as one TorchScript function, of which libtorch makes one kernel on a GPU: it reads and writes
/// every score, state and effective weight once, where one operation after another would go over them a dozen times.
/// On the processor it is one operation after another. Thread-safe.
/// </summary>
internal sealed partial class GroupKernels
{
    // For good: libtorch has no way to free what it compiled.
    private static readonly ConcurrentDictionary<(string Rule, IScoreOptimizer Optimizer, bool Decays), Lazy<GroupKernels>> Compiled =
        new();

    private readonly jit.CompilationUnit _unit;

    private GroupKernels(string rule, IScoreOptimizer optimizer, bool decays)
    {
        // libtorch then runs operations one after another where the kernel cannot be compiled, as without NVRTC; else it gives up.
        if (OperatingSystem.IsLinux()) _ = SetEnvironment("PYTORCH_TENSOREXPR_FALLBACK", "1", overwrite: 0);
        string states = string.Concat(Enumerable.Range(0, optimizer.StatePerScore).Select(n => $", state{n}"));
        _unit = jit.compile($"""
            {rule}

            {optimizer.Script}

            def step(scores, gradients, weights{states}, kept: int, decay: float, rate: float, correction: float):
                gradients = differentiate(scores, gradients){(decays ? " + scores * decay * weights" : "")}
                scores{states} = update(scores, gradients * weights{states}, rate, correction)
                return [scores, effective(scores, weights, kept){states}]

            """);
    }

    /// <summary>The kernels of a rule and an optimiser.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="optimizer">The optimiser.</param>
    /// <param name="decays">Whether scores decay.</param>
    public static GroupKernels Get(IMaskRule rule, IScoreOptimizer optimizer, bool decays) => Compiled.GetOrAdd(
        (rule.Script, optimizer, decays),
        static key => new Lazy<GroupKernels>(() => new GroupKernels(key.Rule, key.Optimizer, key.Decays))).Value;

    /// <summary>W ⊙ M(S) of one layer, a new tensor [tasks, out, in].</summary>
    /// <param name="scores">Scores S, [tasks, out, in].</param>
    /// <param name="weights">Fixed weights W, [out, in].</param>
    /// <param name="kept">What <see cref="IMaskRule.Kept"/> says of the layer.</param>
    public Tensor Effective(Tensor scores, Tensor weights, int kept)
    {
        using TorchSharp.Scalar count = (long)kept;
        return _unit.invoke<Tensor>("effective", [scores, weights, count]);
    }

    /// <summary>One step on one layer.</summary>
    /// <param name="scores">Scores S, [tasks, out, in].</param>
    /// <param name="gradients">dL/dW_eff, [tasks, out, in].</param>
    /// <param name="weights">Fixed weights W, [out, in].</param>
    /// <param name="state">The optimiser's state, each [tasks, out, in].</param>
    /// <param name="by">What <see cref="IMaskRule.Kept"/> and <see cref="ScoreDecay.Factor"/> say of the layer, and the scalars of this
    /// step.</param>
    /// <returns>New tensors: scores, effective weights of these, states.</returns>
    public Tensor[] Step(Tensor scores, Tensor gradients, Tensor weights, Tensor[] state, (int Kept, float Decay, StepSize Size) by)
    {
        // Named, since the call holds no reference to scalars that it would make itself.
        using TorchSharp.Scalar kept = (long)by.Kept;
        using TorchSharp.Scalar decay = by.Decay;
        using TorchSharp.Scalar rate = by.Size.Rate;
        using TorchSharp.Scalar correction = by.Size.Correction;
        return _unit.invoke<Tensor[]>("step", [scores, gradients, weights, .. state, kept, decay, rate, correction]);
    }

    // The runtime's own function does not reach native code.
    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironment(string name, string value, int overwrite);
}
