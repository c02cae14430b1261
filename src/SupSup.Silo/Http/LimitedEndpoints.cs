using Microsoft.AspNetCore.Builder;
using SupSup.Silo.Security;

namespace SupSup.Silo.Http;

/// <summary>Opens endpoints to limited callers.</summary>
internal static class LimitedEndpoints
{
    /// <summary>Says that an endpoint tells limited callers of nothing that is not theirs; see <see cref="ForLimitedAttribute"/>.</summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="tasks">Whether it is for callers that are limited to tasks too.</param>
    public static T ForLimited<T>(this T endpoint, bool tasks = true)
        where T : IEndpointConventionBuilder => endpoint.WithMetadata(new ForLimitedAttribute { Tasks = tasks });
}
