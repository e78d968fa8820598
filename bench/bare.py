"""A bare flask-smorest application: one route, a schema in and one out, and nothing decided."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask import Flask
from flask.views import MethodView
from flask_smorest import Api, Blueprint


class Question(ma.Schema):
    practice = ma.fields.String(required=True)
    subject = ma.fields.String(required=True)
    action = ma.fields.String(required=True)
    resource = ma.fields.Dict(required=True)


class Answer(ma.Schema):
    allowed = ma.fields.Boolean(required=True)
    reason = ma.fields.String(required=True)
    revision = ma.fields.Integer(required=True)


blueprint = Blueprint("bare", "bare")


@blueprint.route("/v1/check")
class Check(MethodView):
    @blueprint.arguments(Question)
    @blueprint.response(200, Answer)
    def post(self, _: dict[str, Any]) -> dict[str, Any]:
        return {"allowed": True, "reason": "granted", "revision": 42}


application = Flask("bare")
application.config |= {"API_TITLE": "bare", "API_VERSION": "v1", "OPENAPI_VERSION": "3.1.0"}
Api(application).register_blueprint(blueprint)
