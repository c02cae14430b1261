namespace SupSup.Silo.Security;

/// <summary>
/// Says that an endpoint tells limited callers of nothing that is not theirs: it knows of no model or task, or looks at the caller's limits
/// by itself. Callers with limits are refused wherever this is not said, but at a path with a model (and a task), which is looked at for
/// all: what is forgotten is closed.
/// </summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
internal sealed class ForLimitedAttribute : Attribute
{
    /// <summary>Whether it is for callers that are limited to tasks too.</summary>
    public bool Tasks { get; init; } = true;
}
