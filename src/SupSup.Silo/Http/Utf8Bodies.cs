using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace SupSup.Silo.Http;

/// <summary>Refuses bodies in another encoding of text than UTF-8, which is the one that JSON has.</summary>
internal static class Utf8Bodies
{
    /// <summary>Called for every request.</summary>
    public static Task InvokeAsync(HttpContext context, RequestDelegate next) =>
        MediaTypeHeaderValue.TryParse(context.Request.ContentType, out MediaTypeHeaderValue? type) && type.Charset.HasValue
            && !HeaderUtilities.RemoveQuotes(type.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase)
            ? Problems.WriteAsync(context, StatusCodes.Status415UnsupportedMediaType, $"unsupported charset {type.Charset}; send UTF-8")
            : next(context);
}
