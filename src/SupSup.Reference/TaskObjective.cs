using static TorchSharp.torch;

namespace SupSup.Reference;

/// <summary>What task inference differentiates: low where a network knows its inputs. Means over the rows of logits [rows, s].</summary>
public static class TaskObjective
{
    /// <summary>H: the entropy of softmax over all outputs, in nats.</summary>
    /// <param name="logits">The logits.</param>
    public static Tensor H(Tensor logits)
    {
        Tensor logP = nn.functional.log_softmax(logits, 1);
        return -(logP.exp() * logP).sum(1).mean();
    }

    /// <summary>
    /// G: logsumexp of the logits, those of real classes held constant, so that only superfluous outputs have a gradient.
    /// Training drives these down: they are low for the right mask.
    /// </summary>
    /// <param name="logits">The logits.</param>
    /// <param name="classes">Number of real classes; outputs from there on are superfluous.</param>
    public static Tensor G(Tensor logits, int classes) =>
        cat([logits[.., ..classes].detach(), logits[.., classes..]], 1).logsumexp(1).mean();
}
