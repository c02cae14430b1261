using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace SupSup.Silo.Http;

/// <summary>
/// Decodes compressed bodies (gzip, deflate, br), and refuses other encodings. Http:MaxRequestBytes holds for what a body decodes
/// to. Messages of gRPC have encodings of their own.
/// </summary>
internal static class EncodedBodies
{
    private const string Taken = "gzip, deflate, br";

    /// <summary>Adds this to the server.</summary>
    public static void UseEncodedBodies(this WebApplication server) => server.UseWhen(context => !GrpcMessages.Is(context.Request), rest =>
    {
        rest.Use((context, next) =>
        {
            // It says nothing of what the body decodes to.
            if (context.Request.Headers.ContentEncoding.Count > 0) context.Request.ContentLength = null;
            return next(context);
        });
        rest.UseRequestDecompression();
        rest.Use(InvokeAsync);
    });

    // Of a body that is decoded the header is gone.
    private static Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        string encoding = context.Request.Headers.ContentEncoding.ToString();
        if (encoding.Length == 0 || encoding.Equals("identity", StringComparison.OrdinalIgnoreCase)) return next(context);
        context.Response.Headers.AcceptEncoding = Taken;
        string detail = $"Content-Encoding '{encoding}' is not supported; send one of {Taken}, or none";
        return Problems.WriteAsync(context, StatusCodes.Status415UnsupportedMediaType, detail);
    }
}
